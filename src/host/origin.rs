//! What a module was before it was changed for compilation: traces tell of the file as it was given.

use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::bulk::in_pieces;
use super::edits::Edits;
use super::functions::Functions;
use super::source::Source;
use super::tier::Tier;
use super::weave::{Known, Origins};

/// The file of a module and what is changed in it. Machine code from a cache does not say what was changed; that is found out
/// again when it is asked for, which takes 10 ms per megabyte.
#[derive(Debug)]
pub struct Origin {
    source: Arc<Source>,
    known: Known,
    edits: OnceCell<Option<Edits>>,
    /// For the quick tier, and for the other.
    woven: [OnceCell<Option<Origins>>; 2],
    functions: OnceCell<Functions>,
}

impl Origin {
    /// Of the file `source`.
    pub fn new(source: Arc<Source>, known: Known) -> Self {
        Self { source, known, edits: OnceCell::new(), woven: Default::default(), functions: OnceCell::new() }
    }

    /// The file; nothing if it cannot be read any more. Then traces tell less.
    fn wasm(&self) -> &[u8] {
        self.source.bytes().unwrap_or_default()
    }

    /// What is changed first, if anything is; checks are woven into what comes of it.
    pub fn edits(&self) -> Option<&Edits> {
        self.edits.get_or_init(|| in_pieces(self.wasm())).as_ref()
    }

    /// What the file says of its functions.
    pub fn functions(&self) -> &Functions {
        self.functions.get_or_init(|| Functions::of(self.wasm()))
    }

    fn woven(&self, tier: Tier) -> Option<&Origins> {
        let weave = || {
            let wasm = self.source.bytes().ok()?;
            Some(match self.edits() {
                Some(edits) => Origins::of(&edits.apply(wasm), &self.known, tier),
                None => Origins::of(wasm, &self.known, tier),
            })
        };
        self.woven[usize::from(tier == Tier::Optimized)].get_or_init(weave).as_ref()
    }
}

/// The way back from the code of an instance to the file. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct WayBack {
    origin: Option<Arc<Origin>>,
    woven_for: Option<Tier>,
}

impl WayBack {
    /// For code made of the file of `origin`, with the checks for a tier or without.
    pub fn new(origin: Arc<Origin>, woven_for: Option<Tier>) -> Self {
        Self { origin: Some(origin), woven_for }
    }

    /// Which function of the file the code is from that `function` of the compiled module has at `place`, if from any.
    pub fn function(&self, function: u32, place: Option<usize>) -> Option<u32> {
        let Some(origin) = &self.origin else { return Some(function) };
        let function = match self.woven_for.and_then(|tier| origin.woven(tier)) {
            Some(origins) => origins.function(function, place)?,
            None => function,
        };
        origin.edits().is_none_or(|edits| function < edits.first_added).then_some(function)
    }

    /// The function at a place of the file's table, with its name.
    pub fn in_table(&self, place: u32) -> Option<(u32, Option<&str>)> {
        self.origin.as_ref()?.functions().in_table(place)
    }

    /// What the file calls a function.
    pub fn name(&self, function: u32) -> Option<&str> {
        self.origin.as_ref()?.functions().name(function)
    }

    /// Where in the file is what is at `place` in the compiled module.
    pub fn place(&self, place: usize) -> Option<usize> {
        let Some(origin) = &self.origin else { return Some(place) };
        let place = match self.woven_for {
            Some(tier) => origin.woven(tier)?.find(place)?,
            None => place,
        };
        Some(origin.edits().map_or(place, |edits| edits.origin(place)))
    }
}
