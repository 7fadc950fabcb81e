//! Tells the linker that Node provides the Node-API symbols, and the crate what it is compiled for.

fn main() {
    println!("cargo::rustc-env=HS_WASM_TARGET={}", std::env::var("TARGET").expect("cargo sets it"));
    if std::env::var_os("CARGO_FEATURE_NODE").is_some() {
        napi_build::setup();
    }
}
