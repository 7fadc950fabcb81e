//! Which locals are wanted where loops begin.

use wasmparser::{FunctionBody, Operator, Result};

/// For each loop of a function, in the order of the file, the locals that it uses and whose values are wanted at its head. What is
/// made of it is faster where this is right, and right in any case: exceptions are not followed.
pub(super) fn wanted_by_loops(body: &FunctionBody<'_>, locals: usize) -> Result<Vec<Vec<u32>>> {
    let mut flow = Flow::new(locals);
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        flow.operator(&reader.read()?)?;
    }
    Ok(flow.wanted())
}

/// A set of locals.
#[derive(Clone, PartialEq)]
struct Set(Vec<u64>);

impl Set {
    fn empty(locals: usize) -> Self {
        Self(vec![0; locals.div_ceil(64)])
    }

    fn has(&self, local: u32) -> bool {
        self.0.get(local as usize / 64).is_some_and(|word| word >> (local % 64) & 1 == 1)
    }

    fn add(&mut self, local: u32) {
        if let Some(word) = self.0.get_mut(local as usize / 64) {
            *word |= 1 << (local % 64);
        }
    }

    fn add_all(&mut self, other: &Self) {
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }

    fn remove_all(&mut self, other: &Self) {
        for (word, less) in self.0.iter_mut().zip(&other.0) {
            *word &= !less;
        }
    }
}

/// Code without a branch.
struct Piece {
    /// What it reads before it writes it.
    reads: Set,
    writes: Set,
    /// What may come after it.
    next: Vec<usize>,
}

/// A block, loop or `if` that is open.
struct Frame {
    /// Where branches to it lead.
    target: usize,
    /// What comes behind it; behind a loop just goes on what is in it.
    behind: Option<usize>,
    /// What an `if` does otherwise, while no `else` has come.
    otherwise: Option<usize>,
}

struct Loop {
    head: usize,
    uses: Set,
    /// How many frames there are around it.
    depth: usize,
}

struct Flow {
    locals: usize,
    pieces: Vec<Piece>,
    frames: Vec<Frame>,
    loops: Vec<Loop>,
    /// Those that are open.
    open: Vec<usize>,
    current: usize,
}

impl Flow {
    fn new(locals: usize) -> Self {
        let mut flow = Self {
            locals,
            pieces: Vec::new(),
            frames: Vec::new(),
            loops: Vec::new(),
            open: Vec::new(),
            current: 0,
        };
        flow.current = flow.piece();
        let exit = flow.piece();
        flow.frames.push(Frame { target: exit, behind: Some(exit), otherwise: None });
        flow
    }

    fn piece(&mut self) -> usize {
        let (reads, writes) = (Set::empty(self.locals), Set::empty(self.locals));
        self.pieces.push(Piece { reads, writes, next: Vec::new() });
        self.pieces.len() - 1
    }

    fn lead(&mut self, from: usize, to: usize) {
        self.pieces[from].next.push(to);
    }

    fn branch(&mut self, depth: u32) {
        let frame =
            self.frames.len().checked_sub(1 + depth as usize).and_then(|place| self.frames.get(place));
        if let Some(target) = frame.map(|frame| frame.target) {
            self.lead(self.current, target);
        }
    }

    /// What comes is another piece, to which the last leads.
    fn go_on(&mut self) {
        let next = self.piece();
        self.lead(self.current, next);
        self.current = next;
    }

    fn operator(&mut self, operator: &Operator<'_>) -> Result<()> {
        match operator {
            Operator::LocalGet { local_index } => {
                self.uses(*local_index);
                let piece = &mut self.pieces[self.current];
                if !piece.writes.has(*local_index) {
                    piece.reads.add(*local_index);
                }
            }
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                self.uses(*local_index);
                self.pieces[self.current].writes.add(*local_index);
            }
            Operator::Block { .. } | Operator::TryTable { .. } | Operator::Try { .. } => {
                let behind = self.piece();
                self.frames.push(Frame { target: behind, behind: Some(behind), otherwise: None });
            }
            Operator::Loop { .. } => {
                self.go_on();
                self.open.push(self.loops.len());
                let uses = Set::empty(self.locals);
                self.loops.push(Loop { head: self.current, uses, depth: self.frames.len() });
                self.frames.push(Frame { target: self.current, behind: None, otherwise: None });
            }
            Operator::If { .. } => {
                let (otherwise, behind) = (self.piece(), self.piece());
                self.lead(self.current, otherwise);
                self.frames.push(Frame { target: behind, behind: Some(behind), otherwise: Some(otherwise) });
                self.go_on();
            }
            Operator::Else => {
                if let Some(Frame { behind: Some(behind), otherwise, .. }) = self.frames.last_mut()
                    && let (behind, Some(otherwise)) = (*behind, otherwise.take())
                {
                    self.lead(self.current, behind);
                    self.current = otherwise;
                }
            }
            Operator::End => self.end(),
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth);
                self.current = self.piece();
            }
            Operator::BrIf { relative_depth } => {
                self.branch(*relative_depth);
                self.go_on();
            }
            Operator::BrTable { targets } => {
                for depth in targets.targets() {
                    self.branch(depth?);
                }
                self.branch(targets.default());
                self.current = self.piece();
            }
            Operator::Return | Operator::Unreachable => self.current = self.piece(),
            _ => {}
        }
        Ok(())
    }

    fn uses(&mut self, local: u32) {
        if let Some(innermost) = self.open.last() {
            self.loops[*innermost].uses.add(local);
        }
    }

    fn end(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        if let Some(behind) = frame.behind {
            self.lead(self.current, behind);
            if let Some(otherwise) = frame.otherwise {
                self.lead(otherwise, behind);
            }
            self.current = behind;
        }
        let Some(place) = self.open.pop_if(|place| self.loops[*place].depth == self.frames.len()) else {
            return;
        };
        if let Some(outer) = self.open.last() {
            let uses = self.loops[place].uses.clone();
            self.loops[*outer].uses.add_all(&uses);
        }
    }

    fn wanted(self) -> Vec<Vec<u32>> {
        let mut wanted: Vec<Set> = self.pieces.iter().map(|piece| piece.reads.clone()).collect();
        let mut is_changed = true;
        while is_changed {
            is_changed = false;
            for (place, piece) in self.pieces.iter().enumerate().rev() {
                let mut before = Set::empty(self.locals);
                for next in &piece.next {
                    before.add_all(&wanted[*next]);
                }
                before.remove_all(&piece.writes);
                before.add_all(&piece.reads);
                if before != wanted[place] {
                    wanted[place] = before;
                    is_changed = true;
                }
            }
        }
        let locals = u32::try_from(self.locals).unwrap_or(0);
        let of_loop = |Loop { head, uses, .. }: &Loop| {
            (0..locals).filter(|local| wanted[*head].has(*local) && uses.has(*local)).collect()
        };
        self.loops.iter().map(of_loop).collect()
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::*;

    fn wanted(function: &str) -> Vec<Vec<u32>> {
        let wasm = wat::parse_str(format!("(module {function})")).expect("valid text");
        let mut bodies = Parser::new(0).parse_all(&wasm).filter_map(|payload| match payload {
            Ok(Payload::CodeSectionEntry(body)) => Some(body),
            _ => None,
        });
        wanted_by_loops(&bodies.next().expect("a function"), 4).expect("read")
    }

    #[test]
    fn a_loop_wants_what_it_reads_before_it_writes_it() {
        let text =
            "(func (param i32 i32 i32 i32) (loop (local.set 0 (local.get 1)) (br_if 0 (local.get 2))))";
        assert_eq!(wanted(text), [[1, 2]]);
    }

    #[test]
    fn what_it_only_writes_is_wanted_if_that_may_not_happen() {
        let text = "(func (param i32 i32 i32 i32) (loop (if (local.get 1) (then (local.set 0 (local.get 2))))
            (br_if 0 (local.get 1))) (drop (local.get 0)))";
        assert_eq!(wanted(text), [[0, 1, 2]]);
        let always =
            "(func (param i32 i32 i32 i32) (loop (if (local.get 1) (then (local.set 0 (local.get 2)))
            (else (local.set 0 (i32.const 1)))) (br_if 0 (local.get 1))) (drop (local.get 0)))";
        assert_eq!(wanted(always), [[1, 2]]);
    }

    #[test]
    fn an_outer_loop_wants_what_an_inner_one_uses_and_what_a_branch_out_of_it_leads_to() {
        let text = "(func (param i32 i32 i32 i32) (block $out (loop $outer (local.set 0 (i32.const 1))
            (loop (br_table 0 $outer $out (local.get 0)))
            (unreachable))) (drop (local.get 3)))";
        assert_eq!(wanted(text), [vec![], vec![0]]);
        let used = "(func (param i32 i32 i32 i32) (loop $outer (loop (br_if $outer (local.get 3)) (br_if 0 (local.get 2)))
            (local.set 3 (i32.const 0)) (br $outer)))";
        assert_eq!(wanted(used), [[2, 3], [2, 3]]);
    }

    #[test]
    fn what_comes_after_a_loop_and_is_not_used_in_it_stays_where_it_is() {
        assert_eq!(
            wanted("(func (param i32 i32 i32 i32) (loop (br_if 0 (local.get 1))) (drop (local.get 2)))"),
            [[1]]
        );
    }
}
