//! What cabal plans to build (`cache/plan.json`), and which of it is meant.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::request::invalid;
use crate::compiler::options::CompileOptions;
use crate::error::{Error, Result};

/// All components, installed ones too.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Plan {
    install_plan: Vec<Unit>,
}

/// A component.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Unit {
    pub(super) id: String,
    pub(super) pkg_name: String,
    #[serde(default)]
    pub(super) flags: BTreeMap<String, bool>,
    pkg_src: Option<Source>,
    pub(super) dist_dir: Option<PathBuf>,
    #[serde(default)]
    depends: Vec<String>,
    /// `lib`, `lib:name`, `exe:name`; absent for a package whose `Setup.hs` would have to run.
    #[serde(default)]
    component_name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Source {
    path: Option<PathBuf>,
}

impl Unit {
    /// The folder of the package, if it is the user's own.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        self.pkg_src.as_ref()?.path.as_ref().map(|path| path.components().collect())
    }

    /// What the component is called among those of its package.
    pub(super) fn component(&self) -> &str {
        self.component_name.as_deref().unwrap_or_default()
    }

    pub(super) fn is_executable(&self) -> bool {
        self.component().starts_with("exe:")
    }

    /// The component as cabal's commands take it, and as the option `component` does.
    pub(super) fn target(&self) -> String {
        match self.component() {
            "lib" => format!("{0}:lib:{0}", self.pkg_name),
            component => format!("{}:{component}", self.pkg_name),
        }
    }

    /// The name of the program or library.
    pub(super) fn name(&self) -> &str {
        self.component().split_once(':').map_or(&self.pkg_name, |(_, name)| name)
    }

    fn is_called(&self, name: &str) -> bool {
        let short = format!("{}:{}", if self.is_executable() { "exe" } else { "lib" }, self.name());
        name == self.name() || name == short || name == self.target()
    }
}

impl Plan {
    pub(super) fn read(file: &Path) -> Result<Self> {
        let text = std::fs::read(file).map_err(|cause| Error::io("cabal made no plan", &cause))?;
        serde_json::from_slice(&text).map_err(|cause| {
            Error::ToolchainUnsupported(format!("cabal's plan.json is not understood: {cause}"))
        })
    }

    /// The components of the user's own packages.
    pub(super) fn local(&self) -> impl Iterator<Item = &Unit> {
        self.install_plan.iter().filter(|unit| unit.folder().is_some())
    }

    /// The component to make a module of: the one that is named, else the only executable, else the only library.
    /// Those of the package in `folder` are meant if one is given.
    pub(super) fn chosen(&self, folder: Option<&Path>, options: &CompileOptions) -> Result<&Unit> {
        let units: Vec<&Unit> = self
            .local()
            .filter(|unit| folder.is_none_or(|folder| unit.folder().as_deref() == Some(folder)))
            .collect();
        if let Some(unit) = units.iter().find(|unit| unit.component_name.is_none()) {
            let text = format!(
                "the package {} has a `build-type` whose Setup.hs would have to run on this machine; \
                 compile() builds packages with `build-type: Simple`",
                unit.pkg_name
            );
            return Err(invalid("input", text));
        }
        let listed = || units.iter().map(|unit| unit.target()).collect::<Vec<_>>().join(", ");
        let (executables, libraries): (Vec<&Unit>, Vec<&Unit>) =
            units.iter().copied().partition(|unit| unit.is_executable());
        if let Some(name) = &options.component {
            let called: Vec<&&Unit> = units.iter().filter(|unit| unit.is_called(name)).collect();
            let executable = called.iter().find(|unit| unit.is_executable());
            return executable.or(called.first()).map(|unit| **unit).ok_or_else(|| {
                invalid("options.component", format!("there is no component {name}; there are {}", listed()))
            });
        }
        match (executables.as_slice(), libraries.as_slice()) {
            ([one], _) | ([], [one]) => Ok(one),
            ([], []) => Err(invalid(
                "input",
                "expected an executable or a library to compile, found neither in this package".into(),
            )),
            ([first, ..], _) | ([], [first, ..]) => {
                let fix = format!("name one, for example {{ component: '{}' }}", first.name());
                Err(invalid("input", format!("there are several components: {}; {fix}", listed())))
            }
        }
    }

    /// The libraries of the packages in these folders.
    pub(super) fn libraries(&self, folders: &[&Path]) -> Vec<&Unit> {
        let is_wanted = |unit: &&Unit| {
            let folder = unit.folder().unwrap_or_default();
            unit.component() == "lib" && folders.iter().any(|wanted| *wanted == folder)
        };
        self.local().filter(is_wanted).collect()
    }

    /// The user's own components that these are made of, themselves among them.
    pub(super) fn closure(&self, units: &[&Unit]) -> Vec<&Unit> {
        let mut ids: BTreeSet<&str> = units.iter().map(|unit| unit.id.as_str()).collect();
        let mut open: Vec<&str> = ids.iter().copied().collect();
        while let Some(id) = open.pop() {
            let unit = self.local().find(|unit| unit.id == id);
            for dependency in unit.into_iter().flat_map(|unit| &unit.depends) {
                if ids.insert(dependency) {
                    open.push(dependency);
                }
            }
        }
        self.local().filter(|unit| ids.contains(unit.id.as_str())).collect()
    }

    /// Refuses flags that no package has.
    pub(super) fn check_flags(&self, options: &CompileOptions) -> Result<()> {
        let known: BTreeSet<&str> =
            self.local().flat_map(|unit| unit.flags.keys()).map(String::as_str).collect();
        match options.flags.iter().find(|(name, _)| !known.contains(name.to_lowercase().as_str())) {
            None => Ok(()),
            Some((name, _)) => {
                let list = known.into_iter().collect::<Vec<_>>().join(", ");
                let there =
                    if list.is_empty() { "there are none".into() } else { format!("there are {list}") };
                Err(invalid(&format!("options.flags.{name}"), format!("no package has this flag; {there}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Plan;
    use crate::compiler::options::{CompileOptions, Input};

    fn plan() -> Plan {
        let local = |id: &str, package: &str, component: &str, depends: &[&str]| {
            serde_json::json!({
                "type": "configured", "id": id, "pkg-name": package, "component-name": component, "depends": depends,
                "pkg-src": { "type": "local", "path": format!("/p/{package}/.") }, "flags": { "loud": false },
            })
        };
        let plan = serde_json::json!({ "install-plan": [
            { "type": "pre-existing", "id": "base-4", "pkg-name": "base", "depends": [] },
            local("a-lib", "a", "lib", &["base-4"]),
            local("a-one", "a", "exe:one", &["a-lib"]),
            local("a-two", "a", "exe:two", &[]),
            local("b-lib", "b", "lib", &["a-lib"]),
            local("c-lib", "c", "lib", &[]),
        ] });
        serde_json::from_value(plan).unwrap()
    }

    fn chosen(folder: Option<&str>, component: Option<&str>) -> Result<String, String> {
        let mut options = CompileOptions::new(Input::Path("x.cabal".into()), "/p", "/c");
        options.component = component.map(String::from);
        let unit = plan().chosen(folder.map(Path::new), &options).map(super::Unit::target);
        unit.map_err(|error| error.to_string())
    }

    #[test]
    fn the_only_component_is_meant_or_the_one_that_is_named() {
        assert_eq!(chosen(Some("/p/b"), None), Ok("b:lib:b".into()));
        assert_eq!(chosen(Some("/p/a"), Some("two")), Ok("a:exe:two".into()));
        assert_eq!(chosen(None, Some("exe:one")), Ok("a:exe:one".into()));
        assert_eq!(chosen(None, Some("lib:c")), Ok("c:lib:c".into()));
        assert_eq!(
            chosen(Some("/p/a"), None).unwrap_err(),
            "compile.input: there are several components: a:lib:a, a:exe:one, a:exe:two; \
             name one, for example { component: 'one' }"
        );
        assert!(
            chosen(Some("/p/b"), Some("one")).unwrap_err().ends_with("no component one; there are b:lib:b")
        );
        assert!(chosen(Some("/elsewhere"), None).unwrap_err().contains("found neither"));
    }

    #[test]
    fn a_closure_follows_dependencies_and_flags_must_exist() {
        let plan = plan();
        let ids = |units: Vec<&super::Unit>| units.iter().map(|unit| unit.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(plan.closure(&plan.libraries(&[Path::new("/p/b")]))), ["a-lib", "b-lib"]);
        let mut options = CompileOptions::new(Input::Path("x.cabal".into()), "/p", "/c");
        options.flags = vec![("loud".into(), true)];
        plan.check_flags(&options).unwrap();
        options.flags = vec![("lout".into(), true)];
        let error = plan.check_flags(&options).unwrap_err().to_string();
        assert_eq!(error, "compile.options.flags.lout: no package has this flag; there are loud");
    }
}
