//! Archives: packed, unpacked, and refused. The recipe is a stand-in that finishes what was unpacked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::archive::{FORMAT, HEAD, Head, Manifest};
use super::pack::pack;
use super::*;
use crate::compiler::toolchain::own::tests::pretend_installed;

/// Two machines: one where a toolchain is installed and packed, one with nothing.
struct Stage {
    folder: TempDir,
    archive: PathBuf,
}

impl Stage {
    async fn new() -> Self {
        let stage = Self::bare();
        let prefix = pretend_installed(&stage.path("here"));
        fs::write(prefix.join("big"), vec![7; 3_000_000]).unwrap();
        fs::set_permissions(prefix.join("big"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(prefix.join("deep")).unwrap();
        std::os::unix::fs::symlink("../big", prefix.join("deep/link")).unwrap();
        fs::write(prefix.join("install.log"), "not packed").unwrap();
        let packed = pack(stage.path("here"), stage.archive.clone(), |_| ()).await.unwrap();
        assert_eq!(packed.bytes, fs::metadata(&stage.archive).unwrap().len());
        stage
    }

    fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let recipe = folder.path().join("recipe");
        fs::create_dir(&recipe).unwrap();
        let archive = folder.path().join("packed/toolchain.tar.zst");
        let stage = Self { folder, archive };
        stage.recipe(
            "\"$prefix/bin/relocate\" && mv \"$prefix/toolchain.json.new\" \"$prefix/toolchain.json\"",
        );
        stage
    }

    fn recipe(&self, script: &str) {
        let head = "case \" $* \" in *' --adopt '*) ;; *) exit 9 ;; esac\nprefix=${@: -1}\n";
        fs::write(self.path("recipe/build.sh"), format!("{head}{script}\n")).unwrap();
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    fn options(&self) -> InstallOptions {
        let name = "the archive's name".to_owned();
        InstallOptions {
            cache: self.path("there"),
            recipe: self.path("recipe"),
            jobs: None,
            node: None,
            from: Some(Source { file: self.archive.clone(), name }),
        }
    }

    /// Installs, which fails and leaves nothing.
    async fn refused(&self) -> String {
        let error = install(self.options(), |_| ()).await.unwrap_err();
        assert_eq!(error.code(), "ERR_HS_TOOLCHAIN_INSTALL");
        assert!(!own_prefix(&self.path("there")).exists());
        let text = error.to_string();
        assert!(text.contains("the archive's name"), "{text}");
        text
    }

    /// An archive with these entries and no tail.
    fn forge(&self, entries: &[(&str, &[u8])]) {
        fs::create_dir_all(self.archive.parent().unwrap()).unwrap();
        let mut tar =
            tar::Builder::new(zstd::Encoder::new(fs::File::create(&self.archive).unwrap(), 1).unwrap());
        for (name, contents) in entries {
            let mut header = tar::Header::new_gnu();
            header.set_size(contents.len() as u64);
            header.set_mode(0o644);
            // The library's own way refuses names that lead out.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, *contents).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
    }
}

fn head(format: u32, id: &str, arch: &str) -> Vec<u8> {
    let manifest = Manifest { id: id.into(), arch: arch.into() };
    let text = serde_json::to_string(&manifest).unwrap();
    serde_json::to_vec(&Head { format, size: 1, manifest, text }).unwrap()
}

#[tokio::test]
async fn what_was_packed_is_unpacked_elsewhere() {
    let stage = Stage::new().await;
    let toolchain = install(stage.options(), |_| ()).await.unwrap();
    let prefix = own_prefix(&stage.path("there"));
    assert_eq!(toolchain.ghc, prefix.join("bin/wasm32-wasi-ghc"));
    assert_eq!(fs::read(prefix.join("deep/link")).unwrap().len(), 3_000_000);
    assert_eq!(fs::metadata(prefix.join("big")).unwrap().permissions().mode() & 0o777, 0o755);
    assert!(fs::symlink_metadata(prefix.join("deep/link")).unwrap().is_symlink());
    assert!(!prefix.join("install.log").exists());
    let here = find_own(&stage.path("here")).await.unwrap().unwrap();
    assert_eq!(here.identity, toolchain.identity);
}

#[tokio::test]
async fn the_same_toolchain_gives_the_same_archive() {
    let stage = Stage::new().await;
    let again = stage.path("again.tar.zst");
    pack(stage.path("here"), again.clone(), |_| ()).await.unwrap();
    assert_eq!(fs::read(again).unwrap(), fs::read(&stage.archive).unwrap());
}

#[tokio::test]
async fn nothing_installed_is_nothing_to_pack() {
    let stage = Stage::bare();
    let error = pack(stage.path("here"), stage.archive.clone(), |_| ()).await.unwrap_err();
    assert_eq!(error.code(), "ERR_HS_TOOLCHAIN_NOT_FOUND");
    assert!(!stage.archive.exists());
}

#[tokio::test]
async fn an_archive_that_ends_early_is_refused_wherever_it_ends() {
    let stage = Stage::new().await;
    let whole = fs::read(&stage.archive).unwrap();
    for length in [0, 3, 4, 20, whole.len() / 2, whole.len() - 40, whole.len() - 1] {
        fs::write(&stage.archive, &whole[..length]).unwrap();
        let text = stage.refused().await;
        let expected = if length < 4 { "does not begin like one" } else { "ends before its checksum" };
        assert!(text.contains(expected), "{length}: {text}");
    }
}

#[tokio::test]
async fn a_changed_byte_is_found() {
    let stage = Stage::new().await;
    let whole = fs::read(&stage.archive).unwrap();
    for at in [whole.len() / 3, whole.len() / 2, whole.len() - 30] {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        fs::write(&stage.archive, changed).unwrap();
        stage.refused().await;
    }
}

#[tokio::test]
async fn contents_that_differ_from_the_checksum_are_found() {
    let stage = Stage::bare();
    let head = head(FORMAT, &own_id(), std::env::consts::ARCH);
    stage.forge(&[(HEAD, &head), ("bin/ghc", b"evil"), ("hs-wasm-toolchain.blake3", b"0123")]);
    assert!(stage.refused().await.contains("is damaged"));
}

#[tokio::test]
async fn foreign_archives_are_refused_in_words() {
    let stage = Stage::bare();
    let here = std::env::consts::ARCH;
    for (entries, expected) in [
        (vec![("README", b"hello".to_vec())], "holds something else"),
        (vec![(HEAD, b"{}".to_vec())], "a form that this version of hs-wasm does not know"),
        (vec![(HEAD, head(99, &own_id(), here))], "is an archive of form 99"),
        (vec![(HEAD, head(FORMAT, "ghc-9.8-r1", here))], "holds the toolchain ghc-9.8-r1"),
        (vec![(HEAD, head(FORMAT, &own_id(), "z80"))], "holds programs for z80"),
        (vec![(HEAD, head(FORMAT, &own_id(), here)), ("../evil", b"x".to_vec())], "leads out of it"),
        (vec![(HEAD, head(FORMAT, &own_id(), here)), ("/tmp/evil", b"x".to_vec())], "leads out of it"),
    ] {
        let entries: Vec<_> = entries.iter().map(|(name, contents)| (*name, contents.as_slice())).collect();
        stage.forge(&entries);
        let text = stage.refused().await;
        assert!(text.contains(expected), "{text}");
    }
    fs::write(&stage.archive, zstd::encode_all(&b"no tar at all"[..], 1).unwrap()).unwrap();
    stage.refused().await;
    fs::write(&stage.archive, b"\x1f\x8b gzip").unwrap();
    assert!(stage.refused().await.contains("does not begin like one"));
    fs::remove_file(&stage.archive).unwrap();
    assert!(stage.refused().await.contains("No such file"));
}

#[tokio::test]
async fn what_does_not_prove_to_work_is_removed() {
    let stage = Stage::new().await;
    stage.recipe("echo '::error {\"message\":\"it does not run here\"}'; exit 1");
    assert!(stage.refused().await.contains("it does not run here"));
}

#[tokio::test]
async fn half_an_install_makes_room_for_an_archive() {
    let stage = Stage::new().await;
    let prefix = own_prefix(&stage.path("there"));
    fs::create_dir_all(prefix.join("work/done")).unwrap();
    install(stage.options(), |_| ()).await.unwrap();
    assert!(!prefix.join("work").exists());
}

#[tokio::test]
async fn an_abandoned_install_leaves_nothing_and_frees_the_lock() {
    let stage = Stage::new().await;
    stage.recipe("sleep 60");
    let began = Instant::now();
    tokio::time::timeout(Duration::from_millis(300), install(stage.options(), |_| ())).await.unwrap_err();
    assert!(!own_prefix(&stage.path("there")).exists());
    assert!(stage.refused_soon(began).await);
}

impl Stage {
    /// Whether the next install gets its turn.
    async fn refused_soon(&self, began: Instant) -> bool {
        self.recipe("exit 1");
        self.refused().await;
        began.elapsed() < Duration::from_secs(30)
    }
}

#[tokio::test]
async fn unpacking_and_packing_tell_how_far_they_are() {
    let stage = Stage::new().await;
    let (told, seen) = std::sync::mpsc::channel();
    let other = told.clone();
    pack(stage.path("here"), stage.path("again"), move |at| other.send(at).unwrap()).await.unwrap();
    install(stage.options(), move |at| told.send(at).unwrap()).await.unwrap();
    let seen: Vec<_> = seen.iter().collect();
    for phase in ["pack", "unpack"] {
        let last = seen.iter().rfind(|at| at.phase == phase).unwrap();
        assert!(last.total_bytes.unwrap() >= 3_000_000 && last.bytes <= last.total_bytes, "{last:?}");
    }
}

#[test]
fn members_are_sorted_and_without_what_belongs_to_the_place() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["b", "a", ".lock", "toolchain.json"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    assert_eq!(archive::members(folder.path()).unwrap(), [Path::new("a"), Path::new("b")]);
}
