//! The rules of the house that the compiler does not check: layers, and where `unsafe` may be.
#![expect(clippy::unwrap_used, reason = "a source that cannot be read is a failure")]

use std::fs;
use std::path::{Path, PathBuf};

/// Files that may hold `unsafe`; each says why at its top.
const UNSAFE: [&str; 16] = [
    "src/host/contents.rs",
    "src/host/desk.rs",
    "src/host/keys/words.rs",
    "src/host/port.rs",
    "src/host/precompiled.rs",
    "src/host/snapshot/image.rs",
    "src/host/stack.rs",
    "src/jsffi/imports.rs",
    "src/node/clock.rs",
    "src/node/js.rs",
    "src/node/lend.rs",
    "src/node/memory.rs",
    "src/node/outcome.rs",
    "src/node/queue.rs",
    "src/node/raw.rs",
    "src/node/ring.rs",
];

fn sources() -> Vec<(String, String)> {
    fn visit(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    visit(&root.join("src"), &mut found);
    let name = |path: &PathBuf| path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// Lines of code that contain `word`, comments left out.
fn naming<'a>(word: &'a str, text: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter(move |line| !line.trim_start().starts_with("//") && line.contains(word))
}

fn only_in(word: &str, allowed: impl Fn(&str) -> bool, rule: &str) {
    for (file, text) in sources() {
        if !allowed(&file) {
            assert_eq!(naming(word, &text).next(), None, "{file}: {rule}");
        }
    }
}

#[test]
fn node_api_is_named_only_in_node() {
    for word in ["napi::", "napi_derive", "use napi"] {
        only_in(word, |file| file.starts_with("src/node/"), "Node-API belongs into src/node/");
    }
}

#[test]
fn wasmtime_is_named_only_in_host_and_jsffi() {
    let allowed = |file: &str| file.starts_with("src/host/") || file.starts_with("src/jsffi/");
    only_in("wasmtime", allowed, "wasmtime belongs into src/host/ and src/jsffi/");
}

#[test]
fn layers_point_downwards() {
    only_in("crate::node", |file| file.starts_with("src/node/"), "nothing may use node");
    let above_host = |file: &str| !file.starts_with("src/host/") && !file.starts_with("src/compiler/");
    only_in("crate::jsffi", above_host, "host and compiler do not know jsffi");
    only_in(
        "crate::host",
        |file| !file.starts_with("src/compiler/"),
        "the compiler driver does not know the host",
    );
    only_in(
        "crate::compiler",
        |file| file.starts_with("src/node/") || file.starts_with("src/compiler/"),
        "only node uses the compiler",
    );
}

#[test]
fn unsafe_stays_where_it_is_argued() {
    for word in ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern"] {
        only_in(
            word,
            |file| UNSAFE.contains(&file),
            "unsafe code belongs into the files listed in tests/tidy.rs",
        );
    }
}

#[test]
fn every_file_says_what_it_is() {
    for (file, text) in sources() {
        assert!(text.starts_with("//!"), "{file}: a file begins with what it is for");
        assert!(text.lines().count() <= 500, "{file}: more than 500 lines is more than one idea");
    }
}
