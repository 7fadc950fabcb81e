//! Installs by stand-in recipes: small shell scripts that report, fail, hang or finish.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::compiler::toolchain::own::tests::pretend_installed;

/// A cache folder, and a recipe of this script, whose last argument is the prefix.
fn stage(script: &str) -> (TempDir, InstallOptions) {
    let folder = tempfile::tempdir().unwrap();
    let (cache, recipe) = (folder.path().join("cache"), folder.path().join("recipe"));
    fs::create_dir(&recipe).unwrap();
    let head = "prefix=${@: -1}; mkdir -p \"$prefix\"; echo run >>\"$prefix/../runs\"\n";
    fs::write(recipe.join("build.sh"), format!("{head}{script}")).unwrap();
    (folder, InstallOptions { cache, recipe, jobs: Some(1), node: None, from: None })
}

/// A script that ends with a toolchain like the one of [`pretend_installed`].
fn finishing() -> (TempDir, InstallOptions) {
    let (folder, options) = stage("cp -r \"$(dirname \"$0\")/made/.\" \"$prefix\"\n");
    let model = tempfile::tempdir().unwrap();
    let made = pretend_installed(model.path());
    fs::rename(made, options.recipe.join("made")).unwrap();
    (folder, options)
}

fn runs(options: &InstallOptions) -> usize {
    fs::read_to_string(options.cache.join("toolchains/runs")).unwrap_or_default().lines().count()
}

#[tokio::test]
async fn a_finished_install_is_not_done_again() {
    let (_folder, options) = finishing();
    let toolchain = install(options.clone(), |_| {}).await.unwrap();
    assert_eq!(toolchain.ghc, own_prefix(&options.cache).join("bin/wasm32-wasi-ghc"));
    assert_eq!(install(options.clone(), |_| panic!("there is nothing to do")).await.unwrap(), toolchain);
    assert_eq!(runs(&options), 1);
}

#[tokio::test]
async fn the_second_of_two_installs_waits_and_takes_the_result() {
    let (_folder, options) = finishing();
    let script = options.recipe.join("build.sh");
    let text = fs::read_to_string(&script).unwrap();
    fs::write(&script, text.replacen('\n', "\nsleep 0.3\n", 1)).unwrap();
    let waited = Arc::new(Mutex::new(Vec::new()));
    let report = || {
        let waited = Arc::clone(&waited);
        move |at: Progress| waited.lock().unwrap().push(at.phase)
    };
    let (one, other) = tokio::join!(install(options.clone(), report()), install(options.clone(), report()));
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(runs(&options), 1);
    assert_eq!(*waited.lock().unwrap(), ["wait"]);
}

/// The reports of an install that fails.
async fn reports(options: InstallOptions) -> Vec<Progress> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    install(options, move |at| told.lock().unwrap().push(at)).await.unwrap_err();
    let seen = seen.lock().unwrap();
    seen.clone()
}

#[tokio::test]
async fn progress_is_passed_on() {
    let (_folder, options) = stage(
        r#"echo 'noise'
echo '::progress {"phase":"fetch","name":"packages","index":9,"total":100,"message":"","left":300,"bytes":9,"totalBytes":100}'
echo '::progress {"phase":"library","name":"base","index":9,"total":25,"message":"slow","left":null,"bytes":null,"totalBytes":null}'
exit 1"#,
    );
    let seen = reports(options).await;
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (seen[0].bytes, seen[0].total_bytes, seen[0].remaining_ms),
        (Some(9), Some(100), Some(300_000))
    );
    assert_eq!((seen[1].name.as_str(), seen[1].message.as_str(), seen[1].bytes), ("base", "slow", None));
}

#[tokio::test]
async fn a_failure_shows_its_cause_the_log_and_the_ways_out() {
    let (_folder, options) = stage(
        r#"for i in $(seq 30); do echo "line $i"; done >"$prefix/install.log"
echo '::error {"message":"the disk is full"}'
echo '::error {"message":"a consequence"}'
exit 3"#,
    );
    let error = install(options.clone(), |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "ERR_HS_TOOLCHAIN_INSTALL");
    let text = error.to_string();
    for part in ["the disk is full", "line 11\n", "line 30", "HS_WASM_GHC", "install.log"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains("line 10\n") && !text.contains("a consequence"), "{text}");
}

#[tokio::test]
async fn a_recipe_that_ends_well_without_a_toolchain_is_a_failure() {
    let (_folder, options) = stage("exit 0");
    assert_eq!(install(options, |_| {}).await.unwrap_err().code(), "ERR_HS_TOOLCHAIN_INSTALL");
}

#[tokio::test]
async fn a_missing_recipe_is_an_error_that_names_it() {
    let (_folder, mut options) = stage("");
    options.recipe = options.recipe.join("nowhere");
    assert!(install(options, |_| {}).await.unwrap_err().to_string().contains("nowhere"));
}

#[tokio::test]
async fn a_damaged_toolchain_is_made_again() {
    let (_folder, options) = finishing();
    let prefix = pretend_installed(&options.cache);
    fs::remove_file(prefix.join("bin/wasm32-wasi-ghc")).unwrap();
    fs::write(prefix.join("rest"), "").unwrap();
    install(options.clone(), |_| {}).await.unwrap();
    assert_eq!(runs(&options), 1);
    assert!(!prefix.join("rest").exists());
}

#[tokio::test]
async fn dropping_an_install_ends_everything_it_started() {
    let (_folder, options) = stage("(while :; do date +%N >\"$prefix/alive\"; sleep 0.02; done) & wait");
    let alive = own_prefix(&options.cache).join("alive");
    tokio::time::timeout(Duration::from_millis(400), install(options, |_| {})).await.unwrap_err();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = fs::read(&alive).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(fs::read(&alive).unwrap(), before);
}

#[tokio::test]
async fn what_a_dead_recipe_left_running_does_not_hold_the_install() {
    let (_folder, options) = stage("sleep 60 & kill -9 $$");
    let ended = tokio::time::timeout(Duration::from_secs(5), install(options, |_| {})).await;
    assert!(ended.unwrap().unwrap_err().to_string().contains("signal"));
}
