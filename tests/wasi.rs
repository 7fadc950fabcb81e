//! Guests that use WASI, without GHC.

mod common;

use common::{FakeJs, Running, code};
use hs_wasm::host::limits::Limits;

const PRINT: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "hello\n")
    (func (export "run")
      (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 6))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;

#[test]
fn what_a_guest_writes_is_captured() {
    let mut guest = Running::new(PRINT, &[], FakeJs::default());
    guest.call("run", &[]).unwrap();
    guest.call("run", &[]).unwrap();
    assert_eq!(guest.stdout.take(), b"hello\nhello\n");
}

#[test]
fn every_exit_code_is_an_exit() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (func (export "run") (param i32) (call $exit (local.get 0))))"#;
    for (exit, seen) in
        [(0, 0), (1, 1), (125, 125), (126, 126), (255, 255), (256, 0), (u64::from(u32::MAX), 255)]
    {
        let mut guest = Running::new(wat, &[], FakeJs::default());
        let error = guest.call("run", &[exit]).unwrap_err();
        assert_eq!(error.record()["exitCode"], seen);
    }
}

#[test]
fn a_wait_is_a_wait() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "run") (result i32)
          (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 20000000))
          (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128))))"#;
    let mut guest = Running::new(wat, &[], FakeJs::default());
    let before = std::time::Instant::now();
    assert_eq!(guest.call("run", &[]).unwrap(), 0);
    assert!(before.elapsed().as_millis() >= 20);
}

#[test]
fn the_first_call_may_read_however_much() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 2048)
        (func (export "run") (result i32)
          (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 134000000))
          (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8))))"#;
    let mut guest = Running::new(wat, &[], FakeJs::default());
    for _ in 0..3 {
        assert_eq!(guest.call("run", &[]).unwrap(), 0);
    }
}

#[test]
fn a_guest_without_memory_cannot_use_wasi() {
    let wat = r#"(module
        (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
        (func (export "run") (drop (call $poll (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))))"#;
    let mut guest = Running::new(wat, &[], FakeJs::default());
    let record = guest.call("run", &[]).unwrap_err().record();
    assert!(record["message"].as_str().unwrap().contains("must export its memory"), "{record}");
}

#[test]
fn a_trap_has_v8s_words_and_the_guests_frames() {
    let wat = r#"(module (func $inner unreachable) (func (export "run") (call $inner)))"#;
    let mut guest = Running::new(wat, &[], FakeJs::default());
    let record = guest.call("run", &[]).unwrap_err().record();
    assert_eq!(record["code"], "ERR_HS_TRAP");
    assert_eq!(record["message"], "unreachable");
    assert_eq!(record["frames"][0]["function"], "inner");
}

#[test]
fn a_trap_is_where_it_is_in_the_file_also_where_bulk_operations_are_in_pieces() {
    const UNREACHABLE: &[u8] = &[0x00];
    const FILL: &[u8] = &[0xFC, 11, 0];
    let wat = r#"(module (memory (export "memory") 1)
        (func $fill (param i32) (memory.fill (i32.const 0) (i32.const 0) (local.get 0)))
        (func (export "outside") (call $fill (i32.const 65537)))
        (func (export "run") (call $fill (i32.const 1)) unreachable))"#;
    let wasm = wat::parse_str(wat).unwrap();
    for (export, functions, instruction) in [("outside", vec![0, 1], FILL), ("run", vec![2], UNREACHABLE)] {
        let mut guest = Running::new(wat, &[], FakeJs::default());
        let record = guest.call(export, &[]).unwrap_err().record();
        let frames = record["frames"].as_array().unwrap();
        let found: Vec<_> = frames.iter().map(|frame| frame["index"].as_u64().unwrap()).collect();
        assert_eq!(found, functions, "{record}");
        let place = usize::try_from(frames[0]["offset"].as_u64().unwrap()).unwrap();
        assert!(wasm[place..].starts_with(instruction), "{record}");
    }
}

#[test]
fn a_table_has_at_most_ten_million_elements() {
    let wat = r#"(module (table $t 9_999_999 funcref)
        (func (export "run") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))"#;
    let mut guest = Running::new(wat, &[], FakeJs::default());
    assert_eq!(guest.call("run", &[2]).unwrap(), u64::from(u32::MAX));
    assert_eq!(guest.call("run", &[1]).unwrap(), 9_999_999);
}

#[test]
fn deep_recursion_is_a_limit_a_thousand_times() {
    let wat = r#"(module (func $f (export "run") (call $f)))"#;
    for _ in 0..1000 {
        let mut guest = Running::new(wat, &[], FakeJs::default());
        let record = guest.call("run", &[]).unwrap_err().record();
        assert_eq!((&record["code"], &record["limit"]), (&"ERR_HS_LIMIT".into(), &"stack".into()));
    }
}

#[test]
fn memory_beyond_the_limit_is_refused_and_remembered() {
    let wat = r#"(module (memory (export "memory") 1)
        (func (export "run") (if (i32.eq (memory.grow (i32.const 10)) (i32.const -1)) (then unreachable))))"#;
    let mut guest = Running::with_limits(wat, &[], FakeJs::default(), Limits::new(Some(4 * 65_536)));
    assert_eq!(code(guest.call("run", &[])), "ERR_HS_LIMIT");
}
