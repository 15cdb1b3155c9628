//! A writer that becomes a reader lets the readers that wait read beside it.

use crate::common::start;
use crate::{line_here, next_line, report_when, settle};
use redhanded::sync::{Arc, RwLock, RwLockWriteGuard};
use std::sync::mpsc::channel;
use std::time::Duration;

/// No machine is so slow.
const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_reader_that_waits_reads_beside_a_writer_that_becomes_a_reader_though_another_writer_waits() {
    settle();
    let lock = Arc::new(RwLock::new(0));
    let ((inside, is_inside), (waits, is_waiting)) = (channel(), channel());
    let (end, may_end) = channel();
    let (guard, holding) = (lock.write().unwrap(), line_here!());
    let reading = lock.clone();
    let reader = start("reader", move || {
        waits.send(next_line(line_here!())).unwrap();
        let _guard = reading.read().unwrap();
        inside.send(()).unwrap();
        may_end.recv().unwrap();
    });
    report_when(holding, is_waiting.recv().unwrap(), |report| report.open);
    let ((waits, is_waiting), writing) = (channel(), lock.clone());
    let writer = start("writer", move || {
        waits.send(next_line(line_here!())).unwrap();
        *writing.write().unwrap() += 1;
    });
    report_when(holding, is_waiting.recv().unwrap(), |report| report.open);
    let guard = RwLockWriteGuard::downgrade(guard);
    is_inside.recv_timeout(LONG).expect("it reads, too");
    assert_eq!(*guard, 0);
    drop(guard);
    end.send(()).unwrap();
    reader.result();
    writer.result();
    assert_eq!(*lock.read().unwrap(), 1);
}
