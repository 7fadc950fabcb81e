//! Packages: inputs that are cabal's, and packages of the user's own beside Haskell that is not.
//!
//! Cabal builds what is needed; the component that becomes the module is ours to link. So cabal prepares it
//! (`cabal repl`, whose session is never started) and tells how it would call GHC, and from there on it is compiled
//! as any Haskell is: as command or reactor, with its exports found, its messages read, its objects kept.
//!
//! 1. `request`: what of the options is cabal's.
//! 2. `find`, `session`, `script`: cabal, and how it is run.
//! 3. `plan`: the components there are, and the one that is meant.
//! 4. `arguments`: from cabal's call of GHC to ours.
//! 5. `files`: everything the packages are made of, for the cache.

mod arguments;
mod files;
mod find;
mod plan;
mod request;
mod script;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;

use self::arguments::{Component, absolute};
use self::files::Files;
use self::plan::{Plan, Unit};
pub(crate) use self::request::{Request, check_haskell, is_path};
use self::session::{Said, Session};
use super::build::Built;
use super::cache::{State, hash, write};
use super::entry::Entry;
use super::lock::Lock;
use super::objects::Objects;
use super::options::CompileOptions;
use super::progress::Progress;
use super::stamp::Stamp;
use super::toolchain::Toolchain;
use crate::error::{Diagnostic, Error, Result};

/// What is left to compile and link, in terms of GHC.
pub(crate) struct Prepared {
    /// Where GHC starts.
    pub(crate) entry: Entry,
    /// The options, with those of cabal.
    pub(crate) options: CompileOptions,
    /// What the packages are made of.
    pub(crate) packages: Packages,
    /// The name of the component.
    pub(crate) name: Option<String>,
    /// Nobody else changes the packages before the module is linked.
    _lock: Option<Lock>,
}

impl Prepared {
    /// Haskell without packages of the user's own: nothing to prepare.
    pub(crate) fn haskell(entry: &Entry, options: &CompileOptions) -> Self {
        Self {
            entry: entry.clone(),
            options: options.clone(),
            packages: Packages::default(),
            name: None,
            _lock: None,
        }
    }

    /// Adds the packages to what is known of the module.
    pub(crate) fn complete(self, mut built: Built) -> Built {
        let Packages { stamps, absent, warnings, products, stamped_ns, .. } = self.packages;
        if products.as_os_str().is_empty() {
            return built;
        }
        let is_product = |path: &Path| path.starts_with(&products);
        let project = &mut built.project;
        for path in project.stamps.iter_mut().map(|stamp| &mut stamp.path).chain(&mut project.absent) {
            *path = self.options.cwd.join(&path);
        }
        let known: BTreeSet<PathBuf> = stamps.iter().map(|stamp| stamp.path.clone()).collect();
        project.stamps.retain(|stamp| !is_product(&stamp.path) && !known.contains(&stamp.path));
        project.stamps.extend(stamps);
        project.absent.retain(|path| !is_product(path));
        project.absent.extend(absent);
        built.stamped_ns = built.stamped_ns.min(stamped_ns);
        built.warnings.splice(0..0, warnings);
        built.name = self.name;
        built
    }
}

/// The packages that a module is linked from, beside the installed ones.
#[derive(Default)]
pub(crate) struct Packages {
    /// The files of their modules, and of the objects made of them.
    pub(crate) modules: BTreeMap<PathBuf, PathBuf>,
    /// All that they are made of.
    pub(crate) stamps: Vec<Stamp>,
    /// When they were read.
    pub(crate) stamped_ns: u64,
    /// Files that are not there and would change what cabal does.
    pub(crate) absent: Vec<PathBuf>,
    /// What the compiler found questionable in them.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The folder of what can be made again from the rest, and so decides nothing.
    pub(crate) products: PathBuf,
}

/// The surroundings of a build.
pub(crate) struct Surroundings<'a> {
    pub(crate) options: &'a CompileOptions,
    pub(crate) toolchain: &'a Toolchain,
    /// A private folder.
    pub(crate) scratch: &'a Path,
    pub(crate) started: Instant,
    pub(crate) on_progress: &'a (dyn Fn(Progress) + Send + Sync),
}

/// Builds everything but the module. `entry` is the Haskell that is the input, unless a package is.
pub(crate) async fn prepare(request: &Request, entry: &Entry, around: &Surroundings<'_>) -> Result<Prepared> {
    let Surroundings { options, toolchain, scratch, started, on_progress } = around;
    // Whatever cabal keeps from build to build, for all components.
    let inputs: Vec<&PathBuf> = match &request.project {
        Some(project) => vec![project],
        None => request.input.iter().chain(&request.packages).collect(),
    };
    let key = hash(&json!([toolchain.identity, inputs, options.optimize.flag(), options.flags]));
    let folder =
        if options.cache { options.cache_dir.join("packages").join(&key) } else { scratch.join("packages") };
    let waits = || {
        let wait = Progress::new("wait", "", 0, 0, started.elapsed());
        on_progress(wait.with_message("another process builds these packages; waiting for it"));
    };
    let mut lock = None;
    if options.cache {
        lock = Some(Lock::acquire(&options.cache_dir, &key, waits).await?);
    }
    let session = Session {
        cabal: find::find(toolchain, &options.cache_dir, options.recipe.as_deref(), *on_progress).await?,
        toolchain,
        options,
        project: project(request, &folder)?,
        folder: &folder,
        scratch,
        started: *started,
        on_progress: *on_progress,
    };
    options.trace.ignore(&folder);
    session.open()?;
    // What a build that is killed leaves half written is not taken for whole the next time.
    let products = Objects::open(session.dist())?;
    let prepared = build(request, entry, &session, lock).await;
    products.close();
    prepared
}

async fn build(
    request: &Request,
    entry: &Entry,
    session: &Session<'_>,
    lock: Option<Lock>,
) -> Result<Prepared> {
    session.run("build", &["--dry-run".into(), "all".into()], &[]).await?;
    let plan = Plan::read(&session.dist().join("cache/plan.json"))?;
    plan.check_flags(session.options)?;
    let build = Build { request, session, plan: &plan };
    match &request.input {
        Some(_) => build.component(lock).await,
        None => build.libraries(entry, lock).await,
    }
}

/// The user's `cabal.project`, or one made for the packages.
fn project(request: &Request, folder: &Path) -> Result<PathBuf> {
    if let Some(project) = &request.project {
        return Ok(project.clone());
    }
    let quoted = |file: &PathBuf| format!("  \"{}\"\n", file.display().to_string().replace(['\\', '"'], "?"));
    let files: String = request.input.iter().chain(&request.packages).map(quoted).collect();
    let project = folder.join("cabal.project");
    write(&project, format!("packages:\n{files}").as_bytes())?;
    Ok(project)
}

struct Build<'a> {
    request: &'a Request,
    session: &'a Session<'a>,
    plan: &'a Plan,
}

impl Build<'_> {
    /// Prepares the component that is the input.
    async fn component(&self, lock: Option<Lock>) -> Result<Prepared> {
        let options = self.session.options;
        let unit = self.plan.chosen(self.request.folder(), options)?;
        let units = self.plan.closure(&[unit]);
        let files = self.read(&units)?;
        let said = self.session.run("repl", &[unit.target()], &files.haskell()).await?;
        let component = self.session_arguments()?;
        let (path, text) = match &component.main {
            Some(main) => (main.clone(), None),
            None => ("HsWasmLibrary.hs".into(), Some(component.library_entry())),
        };
        let mut made = options.clone();
        made.cwd = unit.folder().unwrap_or_else(|| options.cwd.clone());
        made.ghc_options = component.module_files();
        made.ghc_options.extend(component.options);
        made.ghc_options.extend(absolute(options.ghc_options.clone(), &options.cwd));
        made.packages.retain(|package| !is_path(package));
        let libraries: Vec<&Unit> = units.iter().copied().filter(|other| other.id != unit.id).collect();
        Ok(Prepared {
            entry: Entry { path, text, folder: None, has_all_roots: true },
            options: made,
            packages: self.packages(files, &libraries, said)?,
            name: Some(unit.name().to_owned()),
            _lock: lock,
        })
    }

    /// Builds packages for Haskell that uses them.
    async fn libraries(&self, entry: &Entry, lock: Option<Lock>) -> Result<Prepared> {
        let options = self.session.options;
        let folders: Vec<&Path> = self.request.packages.iter().filter_map(|file| file.parent()).collect();
        let libraries = self.plan.libraries(&folders);
        if let Some(folder) = folders.iter().find(|folder| self.plan.libraries(&[folder]).is_empty()) {
            let text = format!("the package in {} has no library", folder.display());
            return Err(request::invalid("options.packages", text));
        }
        let units = self.plan.closure(&libraries);
        let files = self.read(&units)?;
        let targets: Vec<String> = libraries.iter().map(|unit| unit.target()).collect();
        let said = self.session.run("build", &targets, &files.haskell()).await?;
        let mut made = options.clone();
        made.packages.retain(|package| !is_path(package));
        let database = format!("packagedb/ghc-{}", self.session.toolchain.version);
        let database = self.session.dist().join(database).to_string_lossy().into_owned();
        let exposed = libraries.iter().flat_map(|unit| ["-package-id".to_owned(), unit.id.clone()]);
        made.ghc_options = ["-package-db".into(), database].into_iter().chain(exposed).collect();
        made.ghc_options.extend(options.ghc_options.clone());
        if units.iter().any(|unit| unit.id.starts_with("hs-wasm-")) {
            // Our own modules come as a package.
            made.library = None;
        }
        let packages = self.packages(files, &units, said)?;
        Ok(Prepared { entry: entry.clone(), options: made, packages, name: None, _lock: lock })
    }

    /// Reads everything that the components are made of. Headers are not among what cabal looks at, so if one has
    /// changed, everything is made again.
    fn read(&self, units: &[&Unit]) -> Result<Files> {
        let files = Files::read(self.request.project.as_deref(), self.plan, units)?;
        self.session.options.trace.note(Path::new(""), &files.stamps, &files.absent);
        let note = self.session.folder.join("headers");
        let headers = files.headers();
        if fs::read_to_string(&note).is_ok_and(|last| last != headers) {
            let products = self.session.dist().join("build");
            let removed = fs::remove_dir_all(&products);
            if let Err(cause) = removed.or_else(|cause| if products.exists() { Err(cause) } else { Ok(()) }) {
                return Err(Error::io(format_args!("cannot remove {}", products.display()), &cause));
            }
        }
        write(&note, headers.as_bytes())?;
        Ok(files)
    }

    /// How cabal would have started GHC.
    fn session_arguments(&self) -> Result<Component> {
        let noted = fs::read(self.session.arguments()).map_err(|_| {
            let shown = self.session.cabal.display();
            Error::ToolchainUnsupported(format!(
                "{shown} repl did not start the compiler that it was given, so there is nothing to link. \
                 Set HS_WASM_CABAL to a cabal-install 3.12."
            ))
        })?;
        let text = String::from_utf8_lossy(&noted).into_owned();
        let mut words = text.trim_end_matches('\0').split('\0').map(str::to_owned);
        let folder = PathBuf::from(words.next().unwrap_or_default());
        Ok(Component::parse(words.collect(), &folder))
    }

    fn packages(&self, files: Files, libraries: &[&Unit], said: Said) -> Result<Packages> {
        let mut state = State::load(self.session.folder);
        let is_old = |file: &String| !said.compiled.contains(file) && Path::new(file).exists();
        state.warnings.retain(|warning| warning.file.as_ref().is_some_and(is_old));
        state.warnings.extend(said.warnings);
        state.save(self.session.folder)?;
        let is_of_these = |file: &String| files.contains(Path::new(file));
        let warnings = state.warnings.into_iter();
        Ok(Packages {
            modules: libraries.iter().flat_map(|unit| files.modules(unit)).collect(),
            warnings: warnings.filter(|it| it.file.as_ref().is_some_and(is_of_these)).collect(),
            absent: files.absent,
            stamps: files.stamps,
            stamped_ns: files.stamped_ns,
            products: self.session.folder.to_owned(),
        })
    }
}
