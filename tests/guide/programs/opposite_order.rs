// Wrong: one thread takes the room's lock first, the other the connection's. In the end each waits for the other.
use redhanded::sync::{Mutex, PoisonError};

pub fn join(room: &Mutex<Vec<u32>>, connection: &Mutex<Vec<u32>>, met: impl Fn()) {
    let mut room = room.lock().unwrap_or_else(PoisonError::into_inner);
    met();
    connection.lock().unwrap_or_else(PoisonError::into_inner).push(1);
    room.push(1);
}

pub fn leave(room: &Mutex<Vec<u32>>, connection: &Mutex<Vec<u32>>, met: impl Fn()) {
    let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    met();
    room.lock().unwrap_or_else(PoisonError::into_inner).clear();
    connection.clear();
}
