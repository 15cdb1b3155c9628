//! With the feature `detect`, the watched half is there under a path of its own, whatever the build.

use crate::ON;
use std::any::TypeId;
use std::net::TcpStream;

#[test]
fn the_watched_websocket_is_never_the_librarys_and_is_the_one_programs_get_exactly_when_the_crate_is_on()
 {
    let watched = TypeId::of::<redhanded::watched::tungstenite::WebSocket<TcpStream>>();
    let programs = TypeId::of::<redhanded::tungstenite::WebSocket<TcpStream>>();
    assert_ne!(
        watched,
        TypeId::of::<redhanded::raw::tungstenite::WebSocket<TcpStream>>()
    );
    assert_eq!(watched == programs, ON);
}

#[test]
fn the_watched_half_has_the_crates_functions_beside_it() {
    use redhanded::watched;
    let _: fn() -> Vec<redhanded::report::Report> = watched::reports;
    let _: fn() -> watched::Watch = watched::watch;
    let _: fn() -> watched::Statistics = watched::statistics;
    let _: fn() -> Option<String> = watched::url;
    let _: fn(redhanded::Settings) -> Result<(), redhanded::error::AlreadyWatching> =
        watched::configure;
    let _: unsafe fn(fn(&crate::Mock) -> Option<watched::Socket>) = watched::know::<crate::Mock>;
}
