//! The search, among stand-ins: shell scripts that answer `--info` as GHC does.

use std::fs;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::own::tests::{pretend_installed, write_script};
use super::*;

/// A machine of its own.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lib")).unwrap();
        fs::write(folder.path().join("lib/settings"), "[]").unwrap();
        Self { folder }
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    fn places(&self) -> Places {
        Places {
            explicit: None,
            env_ghc: None,
            path: Some(std::env::join_paths([self.path("bin1"), self.path("bin2")]).unwrap()),
            home: Some(self.path("home")),
            ghcup_base: None,
            cache: self.path("cache"),
        }
    }

    /// Puts a script at a path.
    fn script(&self, at: &str, text: &str) -> PathBuf {
        let path = self.path(at);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write_script(&path, text);
        path
    }

    /// Puts a compiler at a path; it counts how often it is asked.
    fn ghc(&self, at: &str, version: &str, arch: &str) -> PathBuf {
        let (lib, asked) = (self.path("lib"), self.path("asked"));
        self.script(
            at,
            &format!(
                r#"[ "$1" = --info ] || exit 1
echo x >>'{}'
echo ' [("target arch","{arch}")'
echo ' ,("Project version","{version}")'
echo ' ,("Target platform","some-target")'
echo ' ,("LibDir","{}")'
echo ' ]'"#,
                asked.display(),
                lib.display()
            ),
        )
    }

    fn times_asked(&self) -> usize {
        fs::read_to_string(self.path("asked")).unwrap_or_default().lines().count()
    }
}

const WASM: &str = "ArchWasm32";
const NATIVE: &str = "ArchX86_64";

#[tokio::test]
async fn places_are_looked_at_in_order() {
    let machine = Machine::new();
    let own = pretend_installed(&machine.path("cache"));
    let mut expected = vec![(Origin::Own, own.join("bin/wasm32-wasi-ghc"))];
    for (origin, at) in [
        (Origin::Ghcup, "home/.ghcup/bin/wasm32-wasi-ghc-9.10.1"),
        (Origin::GhcWasmMeta, "home/.ghc-wasm/wasm32-wasi-ghc/bin/wasm32-wasi-ghc"),
        (Origin::Path, "bin2/wasm32-wasi-ghc"),
    ] {
        expected.push((origin, machine.ghc(at, "9.12.2", WASM)));
    }
    for (origin, ghc) in expected.into_iter().rev() {
        let found = find(&machine.places()).await.unwrap();
        assert_eq!((found.origin, &found.ghc), (origin, &ghc));
        fs::remove_file(ghc).unwrap();
    }
    assert_eq!(find(&machine.places()).await.unwrap_err().code(), "ERR_HS_TOOLCHAIN_NOT_FOUND");
}

#[tokio::test]
async fn the_plain_command_comes_first_then_the_newest_version() {
    let machine = Machine::new();
    machine.ghc("bin1/wasm32-wasi-ghc-9.9", "9.9", WASM);
    machine.ghc("bin1/wasm32-wasi-ghc-pkg", "9.99", WASM);
    let newest = machine.ghc("bin2/wasm32-wasi-ghc-9.12.2", "9.12.2", WASM);
    machine.ghc("bin1/wasm32-wasi-ghc-9.10.3", "9.10.3", WASM);
    assert_eq!(find(&machine.places()).await.unwrap().ghc, newest);
    let plain = machine.ghc("bin2/wasm32-wasi-ghc", "9.10.3", WASM);
    assert_eq!(find(&machine.places()).await.unwrap().ghc, plain);
}

#[tokio::test]
async fn ghcup_may_live_elsewhere() {
    let machine = Machine::new();
    let ghc = machine.ghc("opt/.ghcup/bin/wasm32-wasi-ghc-9.12.1", "9.12.1", WASM);
    let places = Places { ghcup_base: Some(machine.path("opt")), ..machine.places() };
    assert_eq!(find(&places).await.unwrap().ghc, ghc);
}

#[tokio::test]
async fn a_compiler_that_was_asked_for_may_be_a_file_a_folder_or_a_command() {
    let machine = Machine::new();
    machine.ghc("bin1/wasm32-wasi-ghc", "9.10.3", WASM);
    let ghc = machine.ghc("meta/wasm32-wasi-ghc/bin/wasm32-wasi-ghc", "9.12.2", WASM);
    for asked in [
        "meta",
        "meta/wasm32-wasi-ghc",
        "meta/wasm32-wasi-ghc/bin",
        "meta/wasm32-wasi-ghc/bin/wasm32-wasi-ghc",
    ] {
        let places = Places { explicit: Some(machine.path(asked)), ..machine.places() };
        let found = find(&places).await.unwrap();
        assert_eq!(
            (found.origin, found.ghc, found.version.as_str()),
            (Origin::Option, ghc.clone(), "9.12.2")
        );
    }
    let named = machine.ghc("bin2/my-ghc", "9.12.2", WASM);
    let places = Places { env_ghc: Some("my-ghc".into()), ..machine.places() };
    assert_eq!(find(&places).await.unwrap().ghc, named);
}

#[tokio::test]
async fn a_compiler_that_was_asked_for_and_does_not_work_is_an_error() {
    let machine = Machine::new();
    machine.ghc("bin1/wasm32-wasi-ghc", "9.10.3", WASM);
    let native = machine.ghc("native/ghc", "9.12.2", NATIVE);
    let old = machine.ghc("old/ghc", "9.8.4", WASM);
    let broken = machine.script("broken/ghc", "echo 'cannot load libtinfo' >&2; exit 127");
    let other = machine.script("other/ghc", "echo hello");
    for (asked, code, part) in [
        (native, "ERR_HS_TOOLCHAIN_UNSUPPORTED", "some-target"),
        (old, "ERR_HS_TOOLCHAIN_UNSUPPORTED", "9.8.4"),
        (broken, "ERR_HS_TOOLCHAIN_NOT_FOUND", "cannot load libtinfo"),
        (other, "ERR_HS_TOOLCHAIN_NOT_FOUND", "--info"),
        (machine.path("nowhere"), "ERR_HS_TOOLCHAIN_NOT_FOUND", "nowhere"),
    ] {
        let error = find(&Places { env_ghc: Some(asked), ..machine.places() }).await.unwrap_err();
        let text = error.to_string();
        assert_eq!(error.code(), code, "{text}");
        assert!(text.contains(part) && text.contains("HS_WASM_GHC"), "{text}");
    }
}

#[tokio::test]
async fn a_broken_compiler_in_path_is_passed_over_and_reported() {
    let machine = Machine::new();
    machine.script("bin1/wasm32-wasi-ghc", "echo 'no such interpreter' >&2; exit 127");
    let text = find(&machine.places()).await.unwrap_err().to_string();
    for part in ["no such interpreter", "toolchain.install()", "HS_WASM_GHC"] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    pretend_installed(&machine.path("cache"));
    assert_eq!(find(&machine.places()).await.unwrap().origin, Origin::Own);
}

#[tokio::test]
async fn the_answer_is_remembered_until_the_compiler_changes() {
    let machine = Machine::new();
    machine.ghc("bin1/wasm32-wasi-ghc", "9.10.3", WASM);
    let first = find(&machine.places()).await.unwrap();
    assert_eq!(find(&machine.places()).await.unwrap(), first);
    assert_eq!(machine.times_asked(), 1);
    let kept = fs::read_to_string(machine.path("cache/toolchains/probe.json")).unwrap();
    assert!(kept.contains("9.10.3"));
    machine.ghc("bin1/wasm32-wasi-ghc", "9.12.2.1", WASM);
    assert_eq!(find(&machine.places()).await.unwrap().version, "9.12.2.1");
    assert_eq!(machine.times_asked(), 2);
}

#[tokio::test]
async fn a_new_process_reads_the_answer_of_an_old_one() {
    let machine = Machine::new();
    let ghc = machine.ghc("bin1/wasm32-wasi-ghc", "9.10.3", WASM);
    find(&machine.places()).await.unwrap();
    probe::forget(&ghc);
    let began = Instant::now();
    find(&machine.places()).await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(50), "took {:?}", began.elapsed());
    assert_eq!(machine.times_asked(), 1);
}

#[tokio::test]
async fn a_damaged_or_unwritable_memory_does_no_harm() {
    let machine = Machine::new();
    let ghc = machine.ghc("bin1/wasm32-wasi-ghc", "9.10.3", WASM);
    fs::create_dir_all(machine.path("cache/toolchains")).unwrap();
    fs::write(machine.path("cache/toolchains/probe.json"), "{").unwrap();
    find(&machine.places()).await.unwrap();
    probe::forget(&ghc);
    let places = Places { cache: machine.path("lib/settings/not-a-folder"), ..machine.places() };
    find(&places).await.unwrap();
}
