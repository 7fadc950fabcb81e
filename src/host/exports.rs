//! The functions that an instance exports.

use wasmtime::{AsContextMut, Func, Instance, Store, TypedFunc, Val, ValType};

use super::inspect::{Export, Signature, Type};
use super::port::{Cell, low_bits};

/// The exported functions of an instance, numbered as in [`super::inspect::Inspection::exports`].
#[derive(Default)]
pub struct Exports(Vec<Exported>);

struct Exported {
    callable: Callable,
    /// Its result, if that is a JavaScript value, is checked to be live.
    gives_value: bool,
}

/// An exported function. The shapes that GHC's runtime exports have a typed road of their own,
/// which costs a quarter of the dynamic one.
enum Callable {
    Unit0(TypedFunc<(), ()>),
    Unit1(TypedFunc<i32, ()>),
    Unit2(TypedFunc<(i32, i32), ()>),
    I32of0(TypedFunc<(), i32>),
    I32of1(TypedFunc<i32, i32>),
    I32of2(TypedFunc<(i32, i32), i32>),
    Dynamic { func: Func, params: Vec<ValType>, result: Option<ValType> },
}

impl Exports {
    /// Those of `instance`, which is of a module with these.
    pub(super) fn of<T>(store: &mut Store<T>, instance: &Instance, exports: &[Export]) -> Self {
        let exports = exports.iter().map(|export| Exported {
            callable: Callable::of(store, instance, export),
            gives_value: export.signature.gives_value(),
        });
        Self(exports.collect())
    }

    /// Calls number `export`. Gives its result, and whether that is a key of a JavaScript value.
    pub(super) async fn call(
        &self,
        store: impl AsContextMut<Data: Send>,
        export: u32,
        args: &[Cell],
    ) -> wasmtime::Result<(Cell, bool)> {
        let missing = || wasmtime::format_err!("no export {export}");
        let exported = self.0.get(export as usize).ok_or_else(missing)?;
        Ok((exported.callable.call(store, args).await?, exported.gives_value))
    }
}

impl Callable {
    fn of<T>(store: &mut Store<T>, instance: &Instance, Export { name, signature }: &Export) -> Self {
        let func =
            instance.get_func(&mut *store, name).expect("the module exports what it was seen to export");
        let Signature { params, results } = signature;
        let mut types = params.iter().chain(results);
        if types.all(|ty| matches!(ty, Type::I32 | Type::ExternRef)) {
            // To ask wasmtime for all of these would take longer than the rest.
            macro_rules! typed {
                ($variant:ident) => {
                    if let Ok(func) = func.typed(&*store) {
                        return Self::$variant(func);
                    }
                };
            }
            match (params.len(), results.len()) {
                (0, 0) => typed!(Unit0),
                (1, 0) => typed!(Unit1),
                (2, 0) => typed!(Unit2),
                (0, 1) => typed!(I32of0),
                (1, 1) => typed!(I32of1),
                (2, 1) => typed!(I32of2),
                _ => {}
            }
        }
        let ty = func.ty(&*store);
        Self::Dynamic { func, params: ty.params().collect(), result: ty.results().next() }
    }

    async fn call(&self, store: impl AsContextMut<Data: Send>, args: &[Cell]) -> wasmtime::Result<Cell> {
        let int = |index: usize| args.get(index).map_or(0, |cell| low(*cell));
        let cell = |value: i32| u64::from(value.cast_unsigned());
        Ok(match self {
            Self::Unit0(func) => func.call_async(store, ()).await.map(|()| 0)?,
            Self::Unit1(func) => func.call_async(store, int(0)).await.map(|()| 0)?,
            Self::Unit2(func) => func.call_async(store, (int(0), int(1))).await.map(|()| 0)?,
            Self::I32of0(func) => cell(func.call_async(store, ()).await?),
            Self::I32of1(func) => cell(func.call_async(store, int(0)).await?),
            Self::I32of2(func) => cell(func.call_async(store, (int(0), int(1))).await?),
            Self::Dynamic { func, params, result } => {
                let cells = args.iter().copied().chain(std::iter::repeat(0));
                let params: Vec<Val> = params.iter().zip(cells).map(|(ty, cell)| to_val(ty, cell)).collect();
                let mut results = vec![Val::I32(0); usize::from(result.is_some())];
                func.call_async(store, &params, &mut results).await?;
                results.first().map_or(0, from_val)
            }
        })
    }
}

fn low(cell: Cell) -> i32 {
    low_bits(cell).cast_signed()
}

fn to_val(ty: &ValType, cell: Cell) -> Val {
    match ty {
        ValType::I64 => Val::I64(cell.cast_signed()),
        ValType::F32 => Val::F32(low(cell).cast_unsigned()),
        ValType::F64 => Val::F64(cell),
        _ => Val::I32(low(cell)),
    }
}

fn from_val(value: &Val) -> Cell {
    match value {
        Val::I32(value) => u64::from(value.cast_unsigned()),
        Val::I64(value) => value.cast_unsigned(),
        Val::F32(bits) => u64::from(*bits),
        Val::F64(bits) => *bits,
        _ => 0,
    }
}
