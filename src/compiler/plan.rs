//! What kind of module a project becomes: the decision that spares the user GHC's link flags.
//!
//! | the project has | it becomes |
//! |---|---|
//! | a `foreign export javascript`, or asked-for exports | a reactor |
//! | `main` and no JSFFI | a command |
//! | `main` and JSFFI imports | a reactor whose export [`MAIN_EXPORT`] runs `main`: on GHC 9.10 and 9.12 the C `main` of a command clashes with the one of JSFFI's runtime |
//! | only C exports | a reactor |
//! | none of these | nothing: GHC checks the modules, then the user is told what is missing |

use std::collections::{BTreeSet, HashSet};

use super::options::CompileOptions;
use super::scan::Convention;
use super::sources::Project;

/// The export that runs `main` of a program that uses JSFFI.
pub(crate) const MAIN_EXPORT: &str = "hs_wasm_main";

/// The name of the generated module that holds [`MAIN_EXPORT`].
pub(crate) const SHIM_MODULE: &str = "HsWasmMain";

/// What only a link can tell, and an earlier one told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learnt {
    /// Foreign exports that are not in the module: the preprocessor removed them.
    pub(crate) missing_exports: HashSet<String>,
    /// JSFFI came in through a package.
    pub(crate) uses_jsffi: bool,
    /// No macro declares a foreign export.
    pub(crate) hides_nothing: bool,
}

/// How the project is linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    Command {
        main_is: Option<String>,
    },
    Reactor {
        /// What the linker keeps; names it does not know are no error for it.
        exports: BTreeSet<String>,
        /// The `main` to run through [`MAIN_EXPORT`].
        main: Option<MainBinding>,
    },
    /// Compile, do not link.
    Check,
}

/// A `main` by module and name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MainBinding {
    pub(crate) module: String,
    pub(crate) name: String,
}

impl Plan {
    /// Decides for a project.
    pub(crate) fn new(project: &Project, options: &CompileOptions, learnt: &Learnt) -> Self {
        let main = main_binding(project, options);
        let exports = |convention: Convention| {
            project
                .modules
                .iter()
                .flat_map(|module| &module.scan.exports)
                .filter(move |export| export.convention == convention)
                .map(|export| export.name.clone())
                .filter(|name| !learnt.missing_exports.contains(name))
        };
        let all = || -> BTreeSet<String> {
            exports(Convention::JavaScript)
                .chain(exports(Convention::C))
                .chain(options.exports.clone())
                .collect()
        };
        let is_reactor = options.wants_reactor()
            || exports(Convention::JavaScript).next().is_some()
            || project.may_hide_exports && !learnt.hides_nothing;
        let uses_jsffi =
            learnt.uses_jsffi || project.modules.iter().any(|module| !module.scan.snippets.is_empty());
        match main {
            _ if is_reactor => Self::Reactor { exports: all(), main: main.filter(|_| options.force_run) },
            Some(main) if uses_jsffi => Self::Reactor { exports: all(), main: Some(main) },
            Some(main) => Self::Command { main_is: main.flag() },
            None if exports(Convention::C).next().is_some() => Self::Reactor { exports: all(), main: None },
            None => Self::Check,
        }
    }

    /// Whether `other` is the same kind of module, whatever it exports.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Reactor { main, .. }, Self::Reactor { main: other, .. }) => main == other,
            _ => self == other,
        }
    }

    /// The source of the generated module, if the plan needs it.
    ///
    /// It ends as a command ends: what is buffered is written, an exception is reported on stderr,
    /// and the exit code leaves through `proc_exit` (GHC's `topHandler` does all of it).
    pub(crate) fn shim(&self) -> Option<String> {
        let Self::Reactor { main: Some(MainBinding { module, name }), .. } = self else { return None };
        Some(format!(
            "{{-# LANGUAGE Haskell2010 #-}}\n\
             {{-# OPTIONS_GHC -w #-}}\n\
             module {SHIM_MODULE} (hsWasmMain) where\n\
             import qualified {module}\n\
             import Control.Exception (catch)\n\
             import GHC.TopHandler (topHandler)\n\
             import Prelude (IO, (>>))\n\
             import System.Exit (exitSuccess)\n\
             foreign export javascript \"{MAIN_EXPORT}\" hsWasmMain :: IO ()\n\
             hsWasmMain :: IO ()\n\
             hsWasmMain = ({module}.{name} >> exitSuccess) `catch` topHandler\n"
        ))
    }
}

impl MainBinding {
    /// The value of `-main-is`, unless it is the default.
    fn flag(&self) -> Option<String> {
        let Self { module, name } = self;
        (module != "Main" || name != "main").then(|| format!("{module}.{name}"))
    }
}

/// The `main` of the entry module, or the one that `-main-is` names as `Module`, `Module.name` or `name`.
fn main_binding(project: &Project, options: &CompileOptions) -> Option<MainBinding> {
    let binding = |module: &str, name: &str| Some(MainBinding { module: module.into(), name: name.into() });
    let is_variable = |name: &str| !name.starts_with(char::is_uppercase);
    match options.main_is() {
        Some(named) => match named.rsplit_once('.') {
            Some((module, name)) if is_variable(name) => binding(module, name),
            None if is_variable(named) => binding("Main", named),
            _ => binding(named, "main"),
        },
        None if project.entry().has_main => binding(project.entry().module_name(), "main"),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Learnt, MainBinding, Plan};
    use crate::compiler::entry::Entry;
    use crate::compiler::options::{CompileOptions, Input};
    use crate::compiler::sources::Project;

    const EXPORT: &str = "foreign export javascript \"f\" f :: Int\n";
    const IMPORT: &str = "foreign import javascript \"1\" g :: Int\n";
    const C_EXPORT: &str = "foreign export ccall h :: Int\n";
    const MAIN: &str = "main = print 1\n";

    fn plan_with(source: &str, change: impl FnOnce(&mut CompileOptions, &mut Learnt)) -> Plan {
        let mut options = CompileOptions::new(Input::Source(source.into()), "/nowhere", "/c");
        let mut learnt = Learnt::default();
        change(&mut options, &mut learnt);
        let entry = Entry::find(&options).unwrap();
        Plan::new(&Project::of_entry(&entry, &options).unwrap(), &options, &learnt)
    }

    fn plan(source: &str) -> Plan {
        plan_with(source, |_, _| ())
    }

    fn reactor(exports: &[&str], main: Option<(&str, &str)>) -> Plan {
        let main = main.map(|(module, name)| MainBinding { module: module.into(), name: name.into() });
        Plan::Reactor { exports: exports.iter().map(ToString::to_string).collect(), main }
    }

    #[test]
    fn the_table_holds() {
        assert_eq!(plan(MAIN), Plan::Command { main_is: None });
        assert_eq!(plan(&format!("{MAIN}{C_EXPORT}")), Plan::Command { main_is: None });
        assert_eq!(
            plan(&format!("module App where\n{MAIN}")),
            Plan::Command { main_is: Some("App.main".into()) }
        );
        assert_eq!(plan(&format!("{EXPORT}{C_EXPORT}")), reactor(&["f", "h"], None));
        assert_eq!(plan(&format!("{EXPORT}{MAIN}")), reactor(&["f"], None));
        assert_eq!(plan(&format!("{IMPORT}{MAIN}")), reactor(&[], Some(("Main", "main"))));
        assert_eq!(plan(C_EXPORT), reactor(&["h"], None));
        assert_eq!(plan("x = 1\n"), Plan::Check);
        assert_eq!(plan(IMPORT), Plan::Check);
    }

    #[test]
    fn options_and_what_was_learnt_decide_too() {
        let forced = plan_with(&format!("{EXPORT}{MAIN}"), |options, _| options.force_run = true);
        assert_eq!(forced, reactor(&["f"], Some(("Main", "main"))));
        let asked = plan_with(MAIN, |options, _| options.exports = vec!["hs_perform_gc".into()]);
        assert_eq!(asked, reactor(&["hs_perform_gc"], None));
        let gone = plan_with(&format!("{EXPORT}{MAIN}"), |_, learnt| {
            learnt.missing_exports.insert("f".into());
        });
        assert_eq!(gone, Plan::Command { main_is: None });
        let by_package = plan_with(MAIN, |_, learnt| learnt.uses_jsffi = true);
        assert_eq!(by_package, reactor(&[], Some(("Main", "main"))));
        let named = |name: &str| {
            plan_with("x = 1", |options, _| options.ghc_options = vec!["-main-is".into(), name.into()])
        };
        assert_eq!(named("App"), Plan::Command { main_is: Some("App.main".into()) });
        assert_eq!(named("App.Web.go"), Plan::Command { main_is: Some("App.Web.go".into()) });
        assert_eq!(named("go"), Plan::Command { main_is: Some("Main.go".into()) });
    }

    #[test]
    fn the_shim_calls_the_main_it_was_given() {
        let shim = plan(&format!("module App.Web where\n{IMPORT}{MAIN}")).shim().unwrap();
        assert!(shim.contains("import qualified App.Web\n"));
        assert!(shim.contains("(App.Web.main >> exitSuccess)"));
        assert_eq!(plan(MAIN).shim(), None);
    }
}
