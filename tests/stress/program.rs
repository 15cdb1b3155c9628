//! Random programs.

use crate::objects::{Object, World};
use crate::oracle;
use crate::random::Random;
use crate::stream::{Habits, Log, WRITER};
use redhanded::Scope;
use redhanded::tungstenite::Message;
use redhanded::tungstenite::protocol::{Role, WebSocketConfig};
use std::collections::HashSet;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// What a program did.
pub struct Ran {
    pub log: Log,
    /// The address of its socket.
    pub local: String,
    pub peer: Vec<u8>,
    /// The numbers of messages of which the latest `send` was refused.
    pub refused: HashSet<u64>,
    /// An object was refused something while nothing was open on the wire, and no other one was used.
    pub was_refused_at_rest: bool,
    /// What it did, a line each.
    pub story: Vec<String>,
    /// No two calls overlapped.
    pub is_in_turn: bool,
    /// Each tear is one that is sure to be found.
    pub is_certain: bool,
    /// It kept the contract.
    pub is_right: bool,
    /// Several writers framed what one tap passed on.
    pub has_shared_tap: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// One call after the other, of whatever object, from whatever thread.
    Turns,
    /// The same, and every frame and message is finished before another object's turn.
    RightTurns,
    /// A thread for each object.
    Threads,
    /// The same, under a lock for each message.
    RightThreads,
}

pub fn run(random: &mut Random, refuses: bool, scope: &Scope) -> Ran {
    let modes = [
        Mode::Turns,
        Mode::Turns,
        Mode::RightTurns,
        Mode::Threads,
        Mode::RightThreads,
    ];
    let mode = modes[random.below(modes.len())];
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let ours = TcpStream::connect(listener.local_addr().expect("bound")).expect("listening");
    let (mut theirs, _) = listener.accept().expect("connected");
    let peer = thread::spawn(move || {
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).expect("an end");
        bytes
    });
    let role = if random.percent(50) {
        Role::Server
    } else {
        Role::Client
    };
    let world = Arc::new(World {
        ours,
        role,
        log: Arc::default(),
        habits: Habits {
            most: [3, 7, 100, 4000, 1 << 20][random.below(5)],
            blocks: [0, 0, 10, 40][random.below(4)],
            yields: matches!(mode, Mode::Threads | Mode::RightThreads),
        },
        objects: AtomicU64::new(0),
        messages: AtomicU64::new(1),
        refused: Mutex::default(),
        config: WebSocketConfig::default().write_buffer_size([0, 128 << 10][random.below(2)]),
    });
    let with_taps = random.percent(40);
    let mut objects: Vec<Object> = (0..2 + random.below(2))
        .map(|_| world.library(random))
        .collect();
    let mut story = vec![format!(
        "{mode:?}, {role:?}, {:?}, error: {refuses}",
        world.habits
    )];
    let (mut has_shared_tap, mut was_refused_at_rest) = (false, false);
    // A tap is certain of frames where a watched object has sent some.
    for object in &mut objects {
        object.finish(&world, random);
    }
    if let Object::Library { inner, .. } = &mut objects[0] {
        let _ = inner.send(Message::binary(world.payload(random)));
        while inner.flush().is_err() {}
    }
    if with_taps {
        let writers = 1 + random.below(3);
        has_shared_tap = writers > 1;
        objects.push(world.tap(random, writers));
    }
    match mode {
        Mode::Turns | Mode::RightTurns => {
            was_refused_at_rest = in_turn(&world, objects, mode, random, scope, &mut story);
        }
        Mode::Threads | Mode::RightThreads => {
            has_shared_tap = false;
            in_threads(&world, objects, mode, random, scope);
        }
    }
    let _ = world.ours.shutdown(std::net::Shutdown::Write);
    let peer = peer.join().expect("no panic");
    let log = world.log.lock().expect("no panic").clone();
    let is_in_turn = matches!(mode, Mode::Turns | Mode::RightTurns);
    let local = world.ours.local_addr().expect("connected").to_string();
    Ran {
        log,
        local,
        peer,
        was_refused_at_rest,
        refused: world.refused.lock().expect("no panic").clone(),
        story,
        is_in_turn,
        is_certain: is_in_turn && !with_taps,
        is_right: matches!(mode, Mode::RightTurns | Mode::RightThreads),
        has_shared_tap,
    }
}

type Job = Box<dyn FnOnce() -> String + Send>;

/// Threads that do one job at a time, one after the other.
struct Threads(Vec<(Sender<Job>, Receiver<String>)>);

impl Threads {
    fn start(count: usize, scope: &Scope) -> Self {
        let start = |writer: usize| {
            let ((jobs, take), (give, done)) = (channel::<Job>(), channel());
            let scope = scope.clone();
            thread::spawn(move || {
                let _entered = scope.enter();
                WRITER.set(writer);
                for job in take {
                    let _ = give.send(job());
                }
            });
            (jobs, done)
        };
        Threads((0..count).map(start).collect())
    }

    fn run(&self, thread: usize, job: Job) -> String {
        let (jobs, done) = &self.0[thread];
        jobs.send(job).expect("it is there");
        done.recv().expect("it does not panic")
    }
}

fn in_turn(
    world: &Arc<World>,
    objects: Vec<Object>,
    mode: Mode,
    random: &mut Random,
    scope: &Scope,
    story: &mut Vec<String>,
) -> bool {
    let threads = Threads::start(3, scope);
    let objects: Vec<_> = objects
        .into_iter()
        .map(|it| Arc::new(Mutex::new(it)))
        .collect();
    for _ in 0..10 + random.below(60) {
        let index = random.below(objects.len());
        let object = objects[index].clone();
        let writers = match &*object.lock().expect("no panic") {
            Object::Tap { rests, .. } => rests.len(),
            Object::Library { .. } => 3,
        };
        let thread = random.below(writers);
        let (shared, mut random_there) = (world.clone(), random.fork());
        let is_right = mode == Mode::RightTurns;
        let is_dropped = random.percent(4);
        let told = threads.run(
            thread,
            Box::new(move || {
                let mut object = object.lock().expect("no panic");
                if is_dropped && matches!(&*object, Object::Library { .. }) {
                    if is_right {
                        object.finish(&shared, &mut random_there);
                    }
                    object.replace(&shared, &mut random_there);
                    return "dropped".to_owned();
                }
                let told = object.operate(&shared, &mut random_there);
                if is_right {
                    object.finish(&shared, &mut random_there);
                }
                told
            }),
        );
        let place = world.log.lock().expect("no panic").bytes().len();
        story.push(format!(
            "object {index}, thread {thread}: {told} (at {place})"
        ));
    }
    was_refused_at_rest(world, &objects)
}

fn was_refused_at_rest(world: &World, objects: &[Arc<Mutex<Object>>]) -> bool {
    let is_at_rest = || {
        let log = world.log.lock().expect("no panic");
        let truth = oracle::truth(&log);
        !truth.is_open && truth.first.is_none()
    };
    objects
        .iter()
        .any(|object| is_at_rest() && object.lock().expect("no panic").ping_at_rest(world))
}

fn in_threads(
    world: &Arc<World>,
    objects: Vec<Object>,
    mode: Mode,
    random: &mut Random,
    scope: &Scope,
) {
    let lock = Mutex::new(());
    thread::scope(|threads| {
        for mut object in objects {
            let (mut random, lock) = (random.fork(), &lock);
            threads.spawn(move || {
                let _entered = scope.enter();
                for _ in 0..10 + random.below(30) {
                    let guard =
                        (mode == Mode::RightThreads).then(|| lock.lock().expect("no panic"));
                    object.operate(world, &mut random);
                    if guard.is_some() {
                        object.finish(world, &mut random);
                    } else if random.percent(3) && matches!(object, Object::Library { .. }) {
                        object.replace(world, &mut random);
                    }
                }
            });
        }
    });
}
