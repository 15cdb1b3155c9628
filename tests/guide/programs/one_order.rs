// Right: the room's lock always comes first, and is released before the connection's is taken, where that is possible.
use redhanded::sync::{Mutex, PoisonError};

pub fn join(room: &Mutex<Vec<u32>>, connection: &Mutex<Vec<u32>>) {
    let mut room = room.lock().unwrap_or_else(PoisonError::into_inner);
    connection.lock().unwrap_or_else(PoisonError::into_inner).push(1);
    room.push(1);
}

pub fn leave(room: &Mutex<Vec<u32>>, connection: &Mutex<Vec<u32>>) {
    room.lock().unwrap_or_else(PoisonError::into_inner).clear();
    connection.lock().unwrap_or_else(PoisonError::into_inner).clear();
}
