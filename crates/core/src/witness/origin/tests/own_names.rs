//! Packages of a program that are called like those of a runtime.

use super::*;

#[test]
fn a_package_of_the_program_with_the_name_of_a_runtime_is_the_programs() {
    let unpacked = Some("/c/registry/src/index/blocking-1.6.1/src/lib.rs");
    let remapped = Some("/deps/blocking-1.6.1/src/lib.rs");
    let own = Some("/home/me/chat/blocking/src/lib.rs");
    assert_sorted(&[
        ("blocking::publish", own, Origin::App),
        (
            "blocking::publish",
            Some("blocking/src/lib.rs"),
            Origin::App,
        ),
        (
            "<blocking::Feed as std::io::Write>::write",
            own,
            Origin::App,
        ),
        (
            "core::ptr::drop_in_place<blocking::publish::{{closure}}>",
            own,
            Origin::App,
        ),
        ("blocking::unblock", unpacked, Origin::Runtime),
        ("blocking::unblock", remapped, Origin::Runtime),
        ("blocking::unblock", None, Origin::Runtime),
        (
            "<blocking::Task<T> as core::future::future::Future>::poll",
            unpacked,
            Origin::Runtime,
        ),
        (
            "<app::Feed as core::future::future::Future>::poll",
            own,
            Origin::App,
        ),
        (
            "<&mut F as core::future::future::Future>::poll",
            own,
            Origin::Runtime,
        ),
    ]);
}
