//! One build: rounds of GHC until the module that was linked is the one that was meant.
//!
//! What to link depends on which modules there are, and asking GHC for them (`ghc -M`) costs its
//! start-up time. So a build begins with the list of the last one and asks meanwhile; only if the list
//! has changed there is a second round. The first build of a project asks first, unless its entry
//! imports nothing of the project. A link can teach something too ([`Learnt`]), which makes a round.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Instant;

use super::cache::State;
use super::command::{Paths, compile_arguments, depend_arguments};
use super::diagnostics::parse;
use super::entry::Entry;
use super::explain::{Context, explain};
use super::exports::{check_names, check_requested, declarations, export_names, missing, nothing_to_do};
use super::foreign::{PREINITIALIZE, place_sources};
use super::lint::{SnippetDecl, garbled, is_garbled, lint, snippets};
use super::objects::Objects;
use super::options::{CompileOptions, ExportDecl, Kind};
use super::outcome::{Outcome, Step};
use super::plan::{Learnt, MAIN_EXPORT, Plan, SHIM_MODULE};
use super::progress::Progress;
use super::report::compile_error;
use super::run::{Output, run_ghc};
use super::section;
use super::sources::{Module, Project, parse_makefile};
use super::stamp::now_ns;
use super::stubs::{Stub, stubs};
use super::toolchain::Toolchain;
use crate::error::{Diagnostic, Error, Result, Severity};

/// More rounds than a project can need: a list that changed, exports that are not there, JSFFI of a
/// package, damaged objects.
const MAX_ROUNDS: usize = 5;

/// A module and all that is known of it.
pub(crate) struct Built {
    pub(crate) wasm: Vec<u8>,
    /// The name of the component, for packages.
    pub(crate) name: Option<String>,
    pub(crate) project: Project,
    /// When the files of `project` were stamped.
    pub(crate) stamped_ns: u64,
    pub(crate) kind: Kind,
    pub(crate) exports: Vec<ExportDecl>,
    pub(crate) main_export: Option<String>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) snippets: Vec<SnippetDecl>,
}

/// What one round of GHC is about.
struct Round {
    project: Project,
    /// When the project's files were stamped.
    stamped_ns: u64,
    /// Whether the list of files is the last build's, to be confirmed.
    is_guess: bool,
    learnt: Learnt,
    /// Whether the objects of earlier builds are out of the way.
    is_clear: bool,
}

/// What GHC linked.
struct Linked {
    wasm: Vec<u8>,
    /// What it exports.
    names: HashSet<String>,
    /// The declarations behind them.
    exports: Vec<ExportDecl>,
}

/// The surroundings of a build.
pub(crate) struct Builder<'a> {
    pub(crate) options: &'a CompileOptions,
    pub(crate) toolchain: &'a Toolchain,
    pub(crate) entry: &'a Entry,
    /// Modules of packages that are built here, which may have foreign exports, and their objects.
    pub(crate) packages: &'a BTreeMap<PathBuf, PathBuf>,
    /// A private folder.
    pub(crate) scratch: &'a Path,
    /// Where objects are, of the last build too.
    pub(crate) objects: &'a Objects,
    pub(crate) started: Instant,
    pub(crate) on_progress: &'a (dyn Fn(Progress) + Send + Sync),
}

impl Builder<'_> {
    /// Builds. `state` is that of the last build and becomes that of this one, also if it fails.
    pub(crate) async fn build(&self, state: &mut State) -> Result<Built> {
        self.write_source()?;
        let mut round = self.first_round(state).await?;
        for _ in 0..MAX_ROUNDS {
            check_names(&round.project)?;
            let plan = Plan::new(&round.project, self.options, &round.learnt);
            let (listed, outcome) = if round.is_guess {
                let (listed, outcome) =
                    tokio::join!(self.list(&round.project), self.ghc(&round.project, &plan));
                // A list that fails fails for what GHC reports anyhow, and in full.
                (listed.ok().filter(|files| *files != state.files), outcome?)
            } else {
                (None, self.ghc(&round.project, &plan).await?)
            };
            round.is_guess = false;
            note(state, &round.project, &outcome);
            if let Some(files) = listed {
                state.files = files;
                round.stamped_ns = now_ns();
                round.project = self.read(&state.files)?;
            } else if let Some(linked) = self.judge(&mut round, &plan, outcome)? {
                return self.built(round, &plan, linked, state);
            }
        }
        Err(Error::Internal("the project changes faster than it can be built".into()))
    }

    /// Finds out what the project consists of, or remembers.
    async fn first_round(&self, state: &mut State) -> Result<Round> {
        let round = |project, stamped_ns, is_guess| Round {
            project,
            stamped_ns,
            is_guess,
            learnt: Learnt::default(),
            is_clear: false,
        };
        let stamped_ns = now_ns();
        let alone = Project::of_entry(self.entry, self.options)?;
        if alone.is_lone(self.options) {
            state.files.clear();
            return Ok(round(self.read(&[])?, stamped_ns, false));
        }
        if !state.files.is_empty()
            && let Ok(remembered) = self.read(&state.files)
        {
            return Ok(round(remembered, stamped_ns, true));
        }
        state.files = self.list(&alone).await?;
        let stamped_ns = now_ns();
        let project = self.read(&state.files)?;
        Ok(round(project, stamped_ns, false))
    }

    /// Reads the project that consists of these files.
    fn read(&self, files: &[PathBuf]) -> Result<Project> {
        let mut project = Project::read(self.entry, files, self.options)?;
        self.options.trace.note(&self.options.cwd, &project.stamps, &project.absent);
        project.add_packages(self.packages.keys());
        Ok(project)
    }

    /// The linked module, if it is the one that was meant; `None` if there is reason for another round.
    fn judge(&self, round: &mut Round, plan: &Plan, outcome: Outcome) -> Result<Option<Linked>> {
        let project = &round.project;
        if outcome.has_errors() {
            if matches!(plan, Plan::Command { .. }) && outcome.has_two_mains() {
                round.learnt.uses_jsffi = true;
            } else if !round.is_clear && outcome.may_be_damage(project.modules.len()) {
                round.is_clear = true;
                self.objects.clear();
            } else {
                return Err(self.failure(project, outcome));
            }
            return Ok(None);
        }
        if *plan == Plan::Check {
            return Err(nothing_to_do(project));
        }
        let path = self.module();
        let wasm = fs::read(&path)
            .map_err(|cause| Error::io(format_args!("the compiler made no {}", path.display()), &cause))?;
        let garbled = if is_garbled(&wasm) { garbled(project) } else { Vec::new() };
        if !garbled.is_empty() {
            return Err(self.failure(project, Outcome { diagnostics: garbled, ..outcome }));
        }
        let names = export_names(&wasm)?;
        round.learnt.missing_exports.extend(missing(project, &names));
        let exports = declarations(project, plan, &names, |module| self.stubs(module));
        round.learnt.hides_nothing = exports.iter().all(|export| export.haskell_type.is_some());
        let is_meant = plan.is_like(&Plan::new(project, self.options, &round.learnt));
        Ok(is_meant.then_some(Linked { wasm, names, exports }))
    }

    /// What GHC made of the module's foreign exports.
    fn stubs(&self, module: &Module) -> Vec<Stub> {
        let name = module.scan.module_name().replace('.', "/");
        let of_package = self.packages.get(&module.path).cloned();
        let object = of_package.unwrap_or_else(|| self.objects.folder().join(format!("{name}.o")));
        // Without it the source alone tells the types.
        fs::read(object).map(|object| stubs(&object)).unwrap_or_default()
    }

    fn built(&self, round: Round, plan: &Plan, linked: Linked, state: &State) -> Result<Built> {
        let Linked { mut wasm, names, exports } = linked;
        check_requested(self.options, &names)?;
        let Round { project, stamped_ns, .. } = round;
        let (kind, has_shim) = match plan {
            Plan::Reactor { main, .. } => (Kind::Reactor, main.is_some()),
            Plan::Command { .. } | Plan::Check => (Kind::Command, false),
        };
        if self.options.preinitialize && kind == Kind::Command {
            return Err(Error::InvalidArg {
                path: "compile.options.preinitialize".into(),
                message: "is for libraries of exports (foreign export javascript), which start before they are called; \
                          this is a program with a main, which starts when it runs: leave it out"
                    .into(),
            });
        }
        section::append(&mut wasm, &exports)?;
        Ok(Built {
            wasm,
            name: None,
            exports,
            warnings: [state.warnings.clone(), lint(&project)].concat(),
            snippets: snippets(&project),
            project,
            stamped_ns,
            kind,
            main_export: has_shim.then(|| MAIN_EXPORT.to_owned()),
        })
    }

    /// A source that is in no file gets one, in which `#line` gives it back its name and lines.
    fn write_source(&self) -> Result<()> {
        let Some(text) = &self.entry.text else { return Ok(()) };
        let name = self.entry.path.display();
        write(&self.target(), &format!("#line 1 \"{name}\"\n{text}"))
    }

    /// What GHC is told to compile.
    fn target(&self) -> PathBuf {
        if self.entry.text.is_some() { self.scratch.join("Main.hs") } else { self.entry.path.clone() }
    }

    fn module(&self) -> PathBuf {
        self.scratch.join("module.wasm")
    }

    /// Asks GHC for the files of the project, the entry excepted.
    async fn list(&self, project: &Project) -> Result<Vec<PathBuf>> {
        let makefile = self.scratch.join("makefile");
        let target = self.target();
        let paths = self.paths(project, &target);
        let arguments = depend_arguments(self.options, &paths, &makefile);
        let output = self.run(arguments, |_| ()).await?;
        if !output.status.success() {
            let diagnostics = self.diagnostics(project, &output);
            return Err(self.failure(project, Outcome { output, diagnostics, compiled: Vec::new() }));
        }
        let listed = fs::read_to_string(&makefile)
            .map_err(|cause| Error::io("the compiler did not list the modules", &cause))?;
        let mut files = parse_makefile(&listed);
        // Headers of the compiler are part of its identity.
        files.retain(|file| *file != target && !file.starts_with(&self.toolchain.libdir));
        files.sort();
        Ok(files)
    }

    /// Compiles and links.
    async fn ghc(&self, project: &Project, plan: &Plan) -> Result<Outcome> {
        // Beside the objects, so that the next build finds it unchanged.
        let shim = self.objects.folder().join(format!("{SHIM_MODULE}.hs"));
        let text = plan.shim();
        if let Some(text) = &text {
            write(&shim, text)?;
        }
        let preinitialize = self.objects.folder().join("hs-wasm-preinitialize.c");
        if self.options.preinitialize {
            write(&preinitialize, PREINITIALIZE)?;
        }
        let target = self.target();
        let paths = Paths {
            shim: text.is_some().then_some(&*shim),
            preinitialize: self.options.preinitialize.then_some(&*preinitialize),
            ..self.paths(project, &target)
        };
        let jobs =
            if project.modules.len() > 1 { available_parallelism().map_or(1, |n| n.get().min(8)) } else { 1 };
        let folder = self.objects.folder();
        let ghc_options = place_sources(&self.options.ghc_options, &self.options.cwd, folder)?;
        let options = CompileOptions { ghc_options, ..self.options.clone() };
        let arguments = compile_arguments(&options, plan, &paths, &self.module(), jobs);
        let mut compiled = Vec::new();
        let output = self
            .run(arguments, |line| {
                let Some(step) = Step::parse(line) else { return };
                compiled.extend(step.file.map(|file| self.shown(file)));
                self.report(&step);
            })
            .await?;
        let diagnostics = self.diagnostics(project, &output);
        Ok(Outcome { output, diagnostics, compiled })
    }

    async fn run(&self, arguments: Vec<OsString>, on_line: impl FnMut(&str) + Send) -> Result<Output> {
        run_ghc(self.toolchain, arguments, &self.options.cwd, self.scratch, on_line).await
    }

    fn paths<'a>(&'a self, project: &'a Project, target: &'a Path) -> Paths<'a> {
        Paths {
            entry: target,
            shim: None,
            preinitialize: None,
            roots: &project.roots,
            objects: self.objects.folder(),
            tmp: self.scratch,
        }
    }

    fn diagnostics(&self, project: &Project, output: &Output) -> Vec<Diagnostic> {
        let mut diagnostics = parse(&output.stderr);
        let target = self.target().display().to_string();
        for diagnostic in &mut diagnostics {
            // The preprocessor may name the file of a source that is in none; it has one line more.
            if self.entry.text.is_some() && diagnostic.file.as_ref() == Some(&target) {
                diagnostic.file = Some(self.shown(&target));
                for line in [&mut diagnostic.line, &mut diagnostic.end_line] {
                    *line = line.map(|line| line.saturating_sub(1).max(1));
                }
            }
        }
        let context = Context {
            project,
            toolchain: self.toolchain,
            tmp: self.scratch,
            objects: self.objects.folder(),
            stderr: &output.stderr,
            signal: output.signal(),
        };
        explain(diagnostics, &context)
    }

    fn failure(&self, project: &Project, outcome: Outcome) -> Error {
        if let Ok(imported) = Project::of_imports(self.entry, self.options) {
            self.options.trace.note(&self.options.cwd, &imported.stamps, &imported.absent);
        }
        let stderr = self.shown(&outcome.output.stderr);
        compile_error(outcome.diagnostics, &stderr, |file| match project.module_at(file) {
            Some(module) => Some(module.text.clone()),
            None => fs::read_to_string(self.options.cwd.join(file)).ok(),
        })
    }

    /// Text of GHC with the private name of the source replaced.
    fn shown(&self, text: &str) -> String {
        match self.entry.text {
            Some(_) => text.replace(&*self.target().to_string_lossy(), &self.entry.path.to_string_lossy()),
            None => text.to_owned(),
        }
    }

    fn report(&self, step: &Step<'_>) {
        let name = if step.phase == "link" { "" } else { step.name };
        (self.on_progress)(Progress::new(step.phase, name, step.index, step.total, self.started.elapsed()));
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, text));
    written.map_err(|cause| Error::io(format_args!("cannot write {}", path.display()), &cause))
}

/// Remembers warnings: GHC gives those of a module only when it compiles it.
fn note(state: &mut State, project: &Project, outcome: &Outcome) {
    state.retain(project, &outcome.compiled);
    let warnings = outcome.diagnostics.iter().filter(|it| it.severity == Severity::Warning);
    state.warnings.extend(warnings.cloned());
}
