//! Which functions have to check when they are entered.

use super::reader::Shape;

/// For each function that the module defines, whether it checks on entry: all that call by reference, since they may call anything, and
/// of the others enough that every cycle of calls has one.
pub(super) fn entries(shape: &Shape<'_>) -> Vec<bool> {
    let mut entries: Vec<bool> = shape.facts.iter().map(|facts| facts.is_indirect).collect();
    let call_of = |place: usize, number: usize| shape.facts[place].calls.get(number).copied();
    // Depth first from each function, on a stack of our own: who is called while it is being visited closes a cycle.
    let mut visits = vec![Visit::ToCome; entries.len()];
    let mut stack = Vec::new();
    for root in 0..entries.len() {
        if visits[root] == Visit::ToCome {
            visits[root] = Visit::Going;
            stack.push((root, 0));
        }
        while let Some((place, next)) = stack.pop() {
            let called = if entries[place] { None } else { call_of(place, next) };
            let Some(called) = called else {
                visits[place] = Visit::Over;
                continue;
            };
            stack.push((place, next + 1));
            match visits.get(called).copied().unwrap_or(Visit::Over) {
                Visit::ToCome => {
                    visits[called] = Visit::Going;
                    stack.push((called, 0));
                }
                Visit::Going => entries[called] = true,
                Visit::Over => {}
            }
        }
    }
    entries
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    ToCome,
    Going,
    Over,
}
