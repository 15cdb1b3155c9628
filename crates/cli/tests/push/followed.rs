//! `--follow`: events arrive while the program goes on.

use crate::engine::{Answer, Engine, TAKEN, sentry};
use crate::pushed::{of_function, path, three};
use crate::saved::{FINGERPRINT, directory, save};
use std::process::{Child, Stdio};

/// Ends with the test.
struct Follower(Child);

impl Drop for Follower {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn follow(engine: &Engine, directory: &str) -> Follower {
    let mut command = sentry(engine.address());
    let command = command.args([
        "push", directory, "--to", "sentry", "--follow", "--wait", "0s",
    ]);
    Follower(command.stderr(Stdio::null()).spawn().expect("it is built"))
}

#[test]
fn what_comes_later_arrives_and_a_second_follower_sends_none_of_it() {
    let (engine, directory) = (Engine::new(|_, _| TAKEN), directory());
    {
        let _follower = follow(&engine, path(&directory));
        save(&directory, &of_function(FINGERPRINT));
        engine.wait_for(1);
        save(&directory, &of_function("00000000000000bb"));
        engine.wait_for(2);
        // What is taken is noted before the next event is sent.
        save(&directory, &of_function("00000000000000cc"));
        engine.wait_for(3);
    }
    let _follower = follow(&engine, path(&directory));
    save(&directory, &of_function("00000000000000dd"));
    // The last event may have been taken without its note.
    let bodies = loop {
        let count = engine.requests().len();
        let bodies: Vec<String> = engine.requests().into_iter().map(|it| it.body).collect();
        let unique: std::collections::BTreeSet<&String> = bodies.iter().collect();
        if unique.len() == 4 {
            break bodies;
        }
        engine.wait_for(count + 1);
    };
    assert!(bodies.len() <= 5, "{}", bodies.len());
}

#[test]
fn an_engine_that_comes_back_takes_what_waited() {
    let engine = Engine::new(|number, _| match number {
        0 => Answer::Status(403, &[], ""),
        _ => TAKEN,
    });
    let directory = three();
    let _follower = follow(&engine, path(&directory));
    engine.wait_for(4);
}
