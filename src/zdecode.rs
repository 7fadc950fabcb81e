//! GHC's symbols as Haskell names: `Main_zdwfib_info` is `Main.$wfib`.
//!
//! The encoding is GHC's z-encoding (`GHC.Utils.Encoding`): `z` and `Z` introduce an escape, all else is itself.

/// Decodes z-encoding. What is not well-formed stays as it is.
pub fn decode(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['z', 'Z']) {
        out.push_str(&rest[..at]);
        let escape = &rest[at..];
        if let Some((decoded, length)) = escaped(escape) {
            out.push_str(&decoded);
            rest = &escape[length..];
        } else {
            out.push_str(&escape[..1]);
            rest = &escape[1..];
        }
    }
    out + rest
}

fn escaped(text: &str) -> Option<(String, usize)> {
    let two = text.get(..2)?;
    let plain = match two {
        "ZL" => "(",
        "ZR" => ")",
        "ZM" => "[",
        "ZN" => "]",
        "ZC" => ":",
        "ZZ" => "Z",
        "zz" => "z",
        "za" => "&",
        "zb" => "|",
        "zc" => "^",
        "zd" => "$",
        "ze" => "=",
        "zg" => ">",
        "zh" => "#",
        "zi" => ".",
        "zl" => "<",
        "zm" => "-",
        "zn" => "!",
        "zp" => "+",
        "zq" => "'",
        "zr" => "\\",
        "zs" => "/",
        "zt" => "*",
        "zu" => "_",
        "zv" => "%",
        _ => "",
    };
    if !plain.is_empty() {
        return Some((plain.to_owned(), 2));
    }
    let digits = text[1..].find(|c: char| !c.is_ascii_hexdigit())?;
    let (number, end) = (&text[1..=digits], digits + 2);
    match (&text[..1], text.as_bytes().get(digits + 1)?) {
        ("z", b'U') if number.starts_with(|c: char| c.is_ascii_digit()) => {
            Some((char::from_u32(u32::from_str_radix(number, 16).ok()?)?.to_string(), end))
        }
        ("Z", b'T') => {
            Some((format!("({})", ",".repeat(number.parse::<usize>().ok()?.checked_sub(1)?)), end))
        }
        ("Z", b'H') => {
            Some((format!("(#{}#)", ",".repeat(number.parse::<usize>().ok()?.saturating_sub(1))), end))
        }
        _ => None,
    }
}

/// What a symbol of GHC's is the code of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The unit that has it, such as `ghc-internal`; `main` for the user's own modules.
    pub unit: String,
    /// The module.
    pub module: String,
    /// The name in the module.
    pub name: String,
}

impl Symbol {
    /// Reads `[unit_]Module_name_suffix`; `None` for what is not GHC's or has no module: C functions and local labels.
    ///
    /// No part has an underscore of its own, since `_` is written `zu`.
    pub fn parse(text: &str) -> Option<Self> {
        const SUFFIXES: [&str; 7] = ["_con_info", "_con_entry", "_info", "_entry", "_ret", "_slow", "_fast"];
        let stem = SUFFIXES.iter().find_map(|suffix| text.strip_suffix(suffix)).or_else(|| {
            let stem = text.strip_suffix("_closure")?;
            stem.contains('_').then_some(stem)
        })?;
        let is_module = |part: &str| part.starts_with(|first: char| first.is_ascii_uppercase());
        let parts: Vec<_> = stem.split('_').collect();
        let (unit, module, name) = match parts.as_slice() {
            [unit, module, name] if is_module(module) && !["", "stg"].contains(unit) => {
                (*unit, *module, *name)
            }
            [module, name] if is_module(module) => ("main", *module, *name),
            _ => return None,
        };
        (!name.is_empty()).then(|| Self { unit: decode(unit), module: decode(module), name: decode(name) })
    }
}

impl std::fmt::Display for Symbol {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.module, self.name)
    }
}

/// The Haskell name behind a symbol of GHC's, or the symbol itself where it is not GHC's.
pub fn symbol(text: &str) -> String {
    Symbol::parse(text).map_or_else(|| text.to_owned(), |symbol| symbol.to_string())
}

/// The unit and the module that a JSFFI import was written in: its name is `:3:unit:Module:`, z-encoded, or
/// that with an `r` or more at its end (GHC's `unsafe` and its wrappers).
pub fn import_origin(name: &str) -> Option<(String, String)> {
    let decoded = decode(name);
    let mut parts = decoded.strip_prefix(':')?.split(':');
    let (_number, unit, module) = (parts.next()?, parts.next()?, parts.next()?);
    (!unit.is_empty() && !module.is_empty()).then(|| (unit.to_owned(), module.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(decode("GHCziBase"), "GHC.Base");
        assert_eq!(decode("zdwfib"), "$wfib");
        assert_eq!(decode("Z3T"), "(,,)");
        assert_eq!(decode("z3bbU"), "λ");
        assert_eq!(decode("ZCZMZN"), ":[]");
        assert_eq!(decode("fuzz"), "fuz");
        assert_eq!(decode("z"), "z");
    }

    #[test]
    fn symbols_become_names() {
        assert_eq!(symbol("Main_zdwfib_info"), "Main.$wfib");
        assert_eq!(symbol("base_GHCziList_errorEmptyList_info"), "GHC.List.errorEmptyList");
        assert_eq!(symbol("ghczminternal_GHCziInternalziIO_EOF_con_entry"), "GHC.Internal.IO.EOF");
        for foreign in [
            "rts_evalLazzyIO",
            "_blk_c3lh",
            "s4s10_entry",
            "fopen",
            "stg_ap_pv_info",
            "stg_AP_STACK_entry",
            "Main__info",
        ] {
            assert_eq!(symbol(foreign), foreign);
        }
    }

    #[test]
    fn symbols_have_an_owner() {
        let owner = |text| Symbol::parse(text).map(|symbol| (symbol.unit, symbol.module));
        let of = |unit: &str, module: &str| Some((unit.to_owned(), module.to_owned()));
        assert_eq!(owner("Main_zdwfib_entry"), of("main", "Main"));
        assert_eq!(
            owner("ghczminternal_GHCziInternalziBase_map_entry"),
            of("ghc-internal", "GHC.Internal.Base")
        );
        assert_eq!(owner("hs_init"), None);
    }

    #[test]
    fn imports_tell_where_they_were_written() {
        let of = |unit: &str, module: &str| Some((unit.to_owned(), module.to_owned()));
        let internal = import_origin("ZC0ZCghczminternalZCGHCziInternalziWasmziPrimziExportsZC");
        assert_eq!(internal, of("ghc-internal", "GHC.Internal.Wasm.Prim.Exports"));
        assert_eq!(import_origin("ZC12ZCmainZCMainZC"), of("main", "Main"));
        assert_eq!(import_origin("newJSVal"), None);
    }
}
