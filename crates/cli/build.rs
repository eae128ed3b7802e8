//! How the program is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |what: &str, value: &str| {
        std::env::var(format!("CARGO_CFG_TARGET_{what}")).as_deref() == Ok(value)
    };
    // Where pointers to the program itself are, written as a bitmap: a megabyte less in the file, and in memory, where the whole
    // list would stay that is read once at the start.
    if is("OS", "linux") && is("ENV", "gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
