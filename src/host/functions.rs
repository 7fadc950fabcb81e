//! What a module says of its functions: which is at which place of the table, and their names.

use std::collections::HashMap;

use wasmparser::{ElementItems, ElementKind, KnownCustom, Name, Operator, Parser, Payload, Result};

/// The functions of a module.
#[derive(Debug, Default)]
pub struct Functions {
    table: HashMap<u32, u32>,
    names: HashMap<u32, String>,
}

impl Functions {
    /// Of the file `wasm`; nothing of what cannot be read.
    pub fn of(wasm: &[u8]) -> Self {
        let mut functions = Self::default();
        functions.read(wasm).ok();
        functions
    }

    /// The function that the first table has at `place` in the beginning, with its name.
    pub fn in_table(&self, place: u32) -> Option<(u32, Option<&str>)> {
        let function = *self.table.get(&place)?;
        Some((function, self.name(function)))
    }

    /// The name of a function.
    pub fn name(&self, function: u32) -> Option<&str> {
        self.names.get(&function).map(String::as_str)
    }

    fn read(&mut self, wasm: &[u8]) -> Result<()> {
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ElementSection(section) => {
                    for element in section {
                        let element = element?;
                        let (
                            ElementKind::Active { table_index: None | Some(0), offset_expr },
                            ElementItems::Functions(functions),
                        ) = (element.kind, element.items)
                        else {
                            continue;
                        };
                        let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else {
                            continue;
                        };
                        for (place, function) in (value.cast_unsigned()..).zip(functions) {
                            self.table.insert(place, function?);
                        }
                    }
                }
                Payload::CustomSection(section) => {
                    let KnownCustom::Name(names) = section.as_known() else { continue };
                    for name in names {
                        let Name::Function(functions) = name? else { continue };
                        for naming in functions {
                            let naming = naming?;
                            self.names.insert(naming.index, naming.name.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_the_table_have_functions_with_names() {
        let text = r"(module (table 5 funcref) (elem (i32.const 2) $b $a) (func $a) (func $b))";
        let functions = Functions::of(&wat::parse_str(text).expect("valid text"));
        assert_eq!(functions.in_table(2), Some((1, Some("b"))));
        assert_eq!(functions.in_table(3), Some((0, Some("a"))));
        assert_eq!(functions.in_table(1), None);
    }
}
