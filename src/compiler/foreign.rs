//! C and assembler among GHC's arguments, so that their objects are with the others.
//!
//! GHC puts the object of `cbits/x.c` at `cbits/x.o` in its folder for objects. A path from the root, or up from
//! the working folder, leads out of that folder: to the place beside the source, or anywhere. GHC gets a file
//! in the folder for these, which includes the source.

use std::fs;
use std::path::{Component, Path, PathBuf};

use super::cache::hash;
use super::sources::is_foreign_input;
use crate::error::{Error, Result};

/// What the option `preinitialize` links in.
pub(crate) const PREINITIALIZE: &str = include_str!("preinitialize.c");

/// GHC's options, with such sources replaced by files in `folder`, which are made.
pub(crate) fn place_sources(ghc_options: &[String], cwd: &Path, folder: &Path) -> Result<Vec<String>> {
    ghc_options.iter().map(|option| place(option, cwd, folder)).collect()
}

fn place(option: &str, cwd: &Path, folder: &Path) -> Result<String> {
    let path = Path::new(option);
    let is_below = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !is_foreign_input(option) || is_below || matches!(ending(path), "o" | "a") {
        return Ok(option.to_owned());
    }
    let source = cwd.join(path);
    // A file that is not there is left to GHC, which says so.
    let Ok(text) = fs::read(&source) else { return Ok(option.to_owned()) };
    let name = path.file_name().unwrap_or_default();
    let placed: PathBuf =
        [folder, Path::new("foreign"), Path::new(&hash(&option.into())), Path::new(name)].iter().collect();
    let text = match ending(path) {
        // These know no `#include`, nor do they look for files beside them.
        "s" | "ll" => text,
        _ => including(&source, &text).into_bytes(),
    };
    let written = placed.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&placed, text));
    written.map_err(|cause| Error::io(format_args!("cannot write {}", placed.display()), &cause))?;
    Ok(placed.to_string_lossy().into_owned())
}

fn ending(path: &Path) -> &str {
    path.extension().and_then(|ending| ending.to_str()).unwrap_or_default()
}

/// What compiles as `source` does. What is missing at the end of the source is reported there, too.
fn including(source: &Path, text: &[u8]) -> String {
    let source = source.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let lines = String::from_utf8_lossy(text).lines().count();
    format!("#include \"{source}\"\n#line {lines} \"{source}\"\n\n")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::place_sources;

    #[test]
    fn sources_elsewhere_have_their_objects_with_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let cwd = folder.path().join("project");
        fs::create_dir(&cwd).unwrap();
        for (name, text) in [("x.c", "int x;\nint y;\n"), ("z.s", ".globl z\n")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let absolute = folder.path().join("x.c").to_string_lossy().into_owned();
        let given =
            ["-Wall", "../z.s", &absolute, "../gone.c", "../x.o", "cbits/x.c", "./y.c"].map(String::from);
        let placed = place_sources(&given, &cwd, folder.path()).unwrap();

        assert_eq!((&placed[0], &placed[3..]), (&given[0], &given[3..]));
        let foreign = folder.path().join("foreign").to_string_lossy().into_owned();
        assert!(placed[1..3].iter().all(|file| file.starts_with(&foreign)), "{placed:?}");
        assert_eq!(fs::read_to_string(&placed[1]).unwrap(), ".globl z\n");
        let expected = format!("#include \"{absolute}\"\n#line 2 \"{absolute}\"\n\n");
        assert_eq!(fs::read_to_string(&placed[2]).unwrap(), expected);
    }
}
