//! The compiler driver against a stand-in for GHC: a shell script that each test tells what to do.
//! What the real GHC does with the same calls is tested from Node.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what a test expects to work works")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use hs_wasm::compiler::progress::Progress;
use hs_wasm::compiler::toolchain::{Origin, Toolchain};
use hs_wasm::compiler::{Artifact, CompileOptions, Input, Kind, compile};
use hs_wasm::error::{Error, Result, Severity};

const EXPORT: &str =
    "module Main where\nforeign export javascript \"f\" f :: Int -> Int\nf :: Int -> Int\nf = id\n";
const MAIN: &str = "main :: IO ()\nmain = print 1\n";

/// Links `module.wasm`, after it has said what GHC says.
const LINK: &str = "echo '[1 of 2] Compiling Main ( Main.hs, o/Main.o )'; echo '[2 of 2] Linking x'; if [ -n \"$out\" ]; then cp $here/module.wasm $out; fi\n";

/// A project, a cache and a compiler in one private folder.
struct Bench {
    folder: tempfile::TempDir,
    toolchain: Toolchain,
}

impl Bench {
    /// `behaviour` is shell text; it finds its own folder in `$here`, the result's name in `$out`, and
    /// the arguments in `$all`.
    fn new(behaviour: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ghc = folder.path().join("ghc");
        let script = format!(
            "#!/bin/sh\nhere={}\nall=\"$*\"\necho \"$all\" >> $here/calls\n\
             while [ $# -gt 0 ]; do case $1 in -o) out=$2 ;; -dep-makefile) makefile=$2 ;; esac; shift; done\n\
             if [ -n \"$makefile\" ]; then cat $here/makefile > $makefile; exit; fi\n{behaviour}",
            folder.path().display()
        );
        fs::write(&ghc, script).unwrap();
        fs::set_permissions(&ghc, fs::Permissions::from_mode(0o755)).unwrap();
        let packages = folder.path().join("lib/package.conf.d");
        fs::create_dir_all(&packages).unwrap();
        fs::write(packages.join("text-2.1.conf"), "").unwrap();
        fs::create_dir(folder.path().join("project")).unwrap();
        let toolchain = Toolchain {
            ghc,
            version: "9.10.3".into(),
            libdir: folder.path().join("lib"),
            origin: Origin::Path,
            identity: "stand-in".into(),
        };
        let bench = Self { folder, toolchain };
        bench.exports(&["f"]);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(self, file: &str, text: &str) -> Self {
        fs::write(self.path("project").join(file), text).unwrap();
        self
    }

    /// What the linked module exports.
    fn exports(&self, names: &[&str]) {
        let functions: Vec<_> = names.iter().map(|name| format!("(func (export \"{name}\"))")).collect();
        let text = format!("(module {})", functions.concat());
        fs::write(self.path("module.wasm"), wat::parse_str(text).unwrap()).unwrap();
    }

    fn options(&self, input: &str) -> CompileOptions {
        CompileOptions::new(Input::Path(input.into()), self.path("project"), self.path("cache"))
    }

    async fn compile(&self, input: &str) -> Result<Artifact> {
        self.compile_with(self.options(input)).await
    }

    async fn compile_with(&self, options: CompileOptions) -> Result<Artifact> {
        compile(options, &self.toolchain, |_| ()).await
    }

    /// The arguments of each call of the compiler so far.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn an_export_makes_a_reactor_which_is_compiled_once() {
    let bench = Bench::new(LINK).write("Main.hs", EXPORT);
    let steps = Mutex::new(Vec::new());
    let note = |step: Progress| steps.lock().unwrap().push((step.phase, step.name, step.index, step.total));
    let first = compile(bench.options("Main.hs"), &bench.toolchain, note).await.unwrap();
    assert_eq!(
        *steps.lock().unwrap(),
        [("compile".into(), "Main".into(), 1, 2), ("link".into(), String::new(), 2, 2)]
    );
    assert_eq!((first.kind, first.cached, first.main_export.as_deref()), (Kind::Reactor, false, None));
    let export = &first.exports[0];
    assert_eq!(
        (export.name.as_str(), export.haskell_type.as_deref().unwrap(), export.is_async),
        ("f", "Int -> Int", true)
    );
    assert_eq!((export.file.as_str(), export.line), ("Main.hs", Some(2)));
    assert_eq!(first.sources, [bench.path("project/Main.hs")]);
    // What the linker made, and after it the section that tells the exports' types.
    let (made, linked) = (fs::read(&first.wasm).unwrap(), fs::read(bench.path("module.wasm")).unwrap());
    let section = made.strip_prefix(&linked[..]).expect("the linker's module comes first");
    assert!(section.windows(15).any(|name| name == b"hs_wasm_exports"), "{section:?}");
    assert!(
        bench.calls()[0].contains("-no-hs-main -optl-mexec-model=reactor -optl-Wl,--export-if-defined=f")
    );

    let second = bench.compile("./Main.hs").await.unwrap();
    assert!(second.cached);
    assert_eq!(
        (&second.wasm, &second.wasm_hash, &second.exports),
        (&first.wasm, &first.wasm_hash, &first.exports)
    );
    assert_eq!(bench.calls().len(), 1);

    let bench = bench.write("Main.hs", &format!("{EXPORT}-- changed\n"));
    assert!(!bench.compile("Main.hs").await.unwrap().cached);
    let mut with_flag = bench.options("Main.hs");
    with_flag.ghc_options = vec!["-Wall".into()];
    assert!(!bench.compile_with(with_flag).await.unwrap().cached);
}

#[tokio::test]
async fn a_source_needs_no_file_and_keeps_its_name() {
    let says = "echo '{\"span\":{\"file\":\"Main.hs\",\"start\":{\"line\":2,\"column\":8},\"end\":{\"line\":2,\"column\":9}},\
                \"severity\":\"Error\",\"code\":83865,\"message\":[\"no\"],\"hints\":[]}' >&2; exit 1\n";
    let bench = Bench::new(says);
    let mut options = bench.options("");
    options.input = Input::Source(MAIN.into());
    let error = bench.compile_with(options).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Main.hs:2:8: error: [GHC-83865]\n    no\n  |\n2 | main = print 1\n  |        ^"
    );
    assert!(
        matches!(error, Error::Compile { diagnostics, .. } if diagnostics[0].severity == Severity::Error)
    );
}

#[tokio::test]
async fn a_main_that_uses_jsffi_becomes_an_export() {
    let says = "case $all in *HsWasmMain.hs*) ;; *) echo 'wasm-ld: error: duplicate symbol: main' >&2; exit 1 ;; esac\n";
    let bench = Bench::new(&format!("{says}{LINK}")).write("Main.hs", MAIN);
    bench.exports(&["hs_wasm_main"]);
    let artifact = bench.compile("Main.hs").await.unwrap();
    assert_eq!((artifact.kind, artifact.main_export.as_deref()), (Kind::Reactor, Some("hs_wasm_main")));
    let calls = bench.calls();
    assert_eq!(calls.len(), 2, "the first link shows that a package uses JSFFI");
    assert!(!calls[0].contains("reactor"));
    assert!(calls[1].contains("--export-if-defined=hs_wasm_main"));
}

#[tokio::test]
async fn exports_of_all_modules_count_and_a_new_module_makes_a_round() {
    let bench = Bench::new(LINK).write("Main.hs", "import A\nmain = a\n").write("A.hs", EXPORT);
    fs::write(bench.path("makefile"), "o/A.o : A.hs\no/Main.o : Main.hs\no/Main.o : o/A.hi\n").unwrap();
    let first = bench.compile("Main.hs").await.unwrap();
    assert_eq!(first.exports[0].file, "A.hs");
    assert_eq!(bench.calls().len(), 2, "the list first, for nothing is known");

    fs::write(bench.path("makefile"), "o/A.o : A.hs\no/B.o : B.hs\no/Main.o : Main.hs\n").unwrap();
    let bench = bench
        .write("A.hs", "module A where\nimport B\n")
        .write("B.hs", "foreign export javascript g :: Int\n");
    bench.exports(&["g"]);
    let second = bench.compile("Main.hs").await.unwrap();
    assert_eq!((second.exports[0].name.as_str(), second.exports[0].file.as_str()), ("g", "B.hs"));
    assert_eq!(second.sources.len(), 3);
    assert_eq!(bench.calls().len(), 5, "a guess beside the list, then the truth");
}

#[tokio::test]
async fn two_at_once_compile_once() {
    let bench = Bench::new(&format!("sleep 0.3\n{LINK}")).write("Main.hs", EXPORT);
    let (one, other) = tokio::join!(bench.compile("Main.hs"), bench.compile("Main.hs"));
    assert_ne!(one.unwrap().cached, other.unwrap().cached);
    assert_eq!(bench.calls().len(), 1);
}

#[tokio::test]
async fn much_output_on_both_pipes_is_no_deadlock() {
    let says = "i=0; while [ $i -lt 3000 ]; do echo 'a long line on standard output, again and again and again';\
                echo 'a long line on standard error, again and again and again' >&2; i=$((i+1)); done\n";
    let bench = Bench::new(&format!("{says}{LINK}")).write("Main.hs", EXPORT);
    bench.compile("Main.hs").await.unwrap();
}

#[tokio::test]
async fn a_dropped_compilation_leaves_no_process_and_no_file() {
    let grandchild = "while :; do echo x >> $here/alive; sleep 0.02; done &\n";
    let bench = Bench::new(&format!("{grandchild}echo $TMPDIR > $here/tmp; wait\n")).write("Main.hs", EXPORT);
    let nap = || tokio::time::sleep(Duration::from_millis(200));
    let is_started = async {
        while !bench.path("alive").exists() || !bench.path("tmp").exists() {
            nap().await;
        }
    };
    tokio::select! {
        _ = bench.compile("Main.hs") => panic!("it cannot end"),
        () = is_started => {}
    }
    let tmp = fs::read_to_string(bench.path("tmp")).unwrap();
    nap().await;
    let alive = || fs::metadata(bench.path("alive")).unwrap().len();
    let before = alive();
    nap().await;
    assert_eq!(alive(), before, "the compiler's child still runs");
    assert!(!Path::new(tmp.trim()).exists(), "{tmp} is still there");
}

#[tokio::test]
async fn objects_that_make_ghc_panic_are_made_again() {
    let panics =
        "if [ -e $objects/Old.hi ]; then echo \"ghc: panic! (the 'impossible' happened)\" >&2; exit 1; fi\n";
    let find = "objects=$(echo \"$all\" | sed 's/.*-outputdir \\([^ ]*\\) .*/\\1/')\n";
    let bench = Bench::new(&format!("{find}{panics}{LINK}")).write("Main.hs", EXPORT);
    let mut options = bench.options("Main.hs");
    options.out_dir = Some("out".into());
    fs::create_dir(bench.path("project/out")).unwrap();
    fs::write(bench.path("project/out/Old.hi"), "").unwrap();
    let artifact = bench.compile_with(options).await.unwrap();
    assert_eq!(artifact.wasm, bench.path("project/out/Main.wasm"));
    assert_eq!(bench.calls().len(), 2);
    assert!(!bench.path("project/out/.hs-wasm-building").exists());
}

#[tokio::test]
async fn without_cache_the_module_lives_as_long_as_the_artifact() {
    let bench = Bench::new(LINK).write("Main.hs", EXPORT);
    let mut options = bench.options("Main.hs");
    options.cache = false;
    let artifact = bench.compile_with(options).await.unwrap();
    let wasm = artifact.wasm.clone();
    assert!(wasm.exists());
    drop(artifact);
    assert!(!wasm.exists());
    assert!(!bench.path("cache").exists());
}

#[tokio::test]
async fn what_is_not_exported_is_said() {
    let bench = Bench::new(LINK)
        .write("Main.hs", EXPORT)
        .write("Bare.hs", "module Bare where\nadd :: Int -> Int\nadd = id\n");
    let mut options = bench.options("Main.hs");
    options.exports = vec!["g".into()];
    let error = bench.compile_with(options).await.unwrap_err();
    assert_eq!(error.code(), "ERR_HS_MISSING_EXPORT");
    assert!(error.to_string().contains("no function ‘g’; it exports f."), "{error}");
    let error = bench.compile("Bare.hs").await.unwrap_err();
    assert_eq!(error.code(), "ERR_HS_COMPILE");
    assert!(
        error.to_string().contains("    foreign export javascript \"add\" add :: Int -> Int\n"),
        "{error}"
    );
    assert!(bench.calls().last().unwrap().contains("-no-link"), "GHC's own errors come first");
}

#[tokio::test]
async fn a_compiler_that_does_not_start_is_named() {
    let mut bench = Bench::new(LINK).write("Main.hs", EXPORT);
    bench.toolchain.ghc = bench.path("gone");
    let error = bench.compile("Main.hs").await.unwrap_err();
    assert_eq!(error.code(), "ERR_HS_TOOLCHAIN_UNSUPPORTED");
    assert!(
        error.to_string().starts_with(&format!("cannot run the compiler {}: ", bench.path("gone").display()))
    );
}

/// Compiles `source` with a compiler that fails with `stderr`; gives the error's message.
async fn failing(source: &str, stderr: &str, end: &str) -> String {
    let bench =
        Bench::new(&format!("sed \"s#TMP#$TMPDIR#\" $here/stderr >&2\n{end}\n")).write("Main.hs", source);
    fs::write(bench.path("stderr"), stderr).unwrap();
    bench.compile("Main.hs").await.unwrap_err().to_string()
}

fn json(code: &str, message: &str) -> String {
    format!(
        "{{\"span\":{{\"file\":\"Main.hs\",\"start\":{{\"line\":1,\"column\":1}},\"end\":{{\"line\":1,\"column\":3}}}},\
         \"severity\":\"Error\",\"code\":{code},\"message\":[\"{message}\"],\"hints\":[]}}\n"
    )
}

#[tokio::test]
async fn errors_of_generated_c_point_at_the_haskell() {
    let source = "foreign import javascript \"$1\" f :: Int -> IO ()\nforeign import javascript unsafe \"$1\" g :: Integer -> Int\n";
    let stderr = "TMP/ghc_2.c:30:31: error:\n     error: unknown type name 'HsInteger'\n       30 | HsInt ZC1ZCmainZCMainZC(HsInteger a1);\n\
                  \x20         |      ^\n\nTMP/ghc_2.c:32:60: error:\n     error: call to undeclared function 'rts_getInteger'; ISO C99\n";
    let message = failing(source, stderr, "exit 1").await;
    assert!(message.starts_with("Main.hs:2:34: error:\n    a foreign import javascript cannot take or give the type ‘Integer’, as ‘g :: Integer -> Int’ does."), "{message}");
    assert!(!message.contains("more error"), "both are one mistake: {message}");

    let stderr = "TMP/ghc_2.c:13:9: error:\n     error: conflicting types for 'f'\nTMP/ghc_2.c:1:1: error:\n     note: previous declaration is here\n";
    let message = failing(EXPORT, stderr, "exit 1").await;
    assert!(
        message.starts_with(
            "Main.hs:2:1: error:\n    the export ‘f’ has the name of a function of the C library"
        ),
        "{message}"
    );

    let source = "foreign import javascript \"'λ'\" f :: IO ()\n";
    let stderr = "<inline asm>:4:8: error:\n     error: invalid escape sequence (unrecognized character)\n";
    let message = failing(source, stderr, "exit 1").await;
    assert!(message.starts_with("Main.hs:1:27: error:\n    GHC cannot compile ‘λ’ in the JavaScript snippet of ‘f’: write ‘\\\\u03bb’"), "{message}");
}

#[tokio::test]
async fn errors_of_the_linker_point_at_exports() {
    let clash = "wasm-ld-22: warning: function signature mismatch: f\n>>> defined as (i32) -> i32 in a\n";
    let message = failing(EXPORT, clash, "cp $here/module.wasm $out").await;
    assert!(
        message.contains("‘f’ has the name of a function of the C library"),
        "a module that links and breaks: {message}"
    );
    let twice = EXPORT.replace("f :: Int -> Int\nf = id", "foreign export javascript \"f\" g :: Int");
    let message =
        failing(&twice, "wasm-ld-22: error: duplicate symbol: f\n>>> defined in a\n", "exit 1").await;
    assert!(message.contains("‘f’ is exported here and at Main.hs:2"), "{message}");
    let message = failing(MAIN, "wasm-ld: error: o/Main.o: undefined symbol: c_f\n", "exit 1").await;
    assert!(message.contains("undefined symbol: c_f\nNothing that was linked defines it"), "{message}");
}

#[tokio::test]
async fn errors_of_ghc_come_with_advice() {
    let message = failing(MAIN, &json("95774", "`f sync' is not a valid C identifier"), "exit 1").await;
    assert!(
        message.contains(
            "Synchronous exports need GHC 9.14 or a compiler of ghc-wasm-meta; this one is 9.10.3."
        ),
        "{message}"
    );
    let message = failing(MAIN, &json("89401", "cannot be marshalled"), "exit 1").await;
    assert!(message.contains("What can cross: Bool, Char,"), "{message}");
    let message = failing(
        MAIN,
        &json("87110", "Could not find module `X'.\\nUse -v to see a list of the files searched for."),
        "exit 1",
    )
    .await;
    assert!(message.contains("Packages of this compiler: text.") && !message.contains("Use -v"), "{message}");
    let message =
        failing(MAIN, &json("76037", "Not in scope: type constructor or class `JSString'"), "exit 1").await;
    assert!(message.contains("GHC.Wasm.Prim defines it"), "{message}");
    let message =
        failing(MAIN, &json("88464", "Variable not in scope: toJSString :: String -> a"), "exit 1").await;
    assert!(message.contains("GHC.Wasm.Prim defines it"), "{message}");
    let message = failing(
        MAIN,
        "<command line>: cannot satisfy -package x\n    (use -v for more information)\n",
        "exit 1",
    )
    .await;
    assert_eq!(message, "error: cannot satisfy -package x\nPackages of this compiler: text.");
}

#[tokio::test]
async fn a_ghc_that_dies_is_explained() {
    let splice = "{-# LANGUAGE TemplateHaskell #-}\nmodule Main where\n";
    let message = failing(splice, "", "kill -SEGV $$").await;
    assert!(
        message.starts_with("Main.hs:1:1: error:\n    Template Haskell and quasi-quotes do not work"),
        "{message}"
    );
    let message = failing(MAIN, "some last words\n", "kill -KILL $$").await;
    assert_eq!(message, "error: GHC was ended by signal 9 (often for want of memory)\n  some last words");
    let message = failing(MAIN, "nothing anybody knows\n", "exit 1").await;
    assert_eq!(message, "GHC failed and said:\n    nothing anybody knows");
}
