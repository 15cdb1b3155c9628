//! The locks: the same in both states, std's and tokio's own when the crate is off.

use crate::{ON, id_of};
use redhanded::error::ConcurrentUse;
use redhanded::sync::{
    Arc, Condvar, Entering, Exclusive, ExclusiveGuard, LockResult, Mutex, MutexGuard, TryLockResult,
};
use redhanded::sync::{Barrier, OnceLock, WaitTimeoutResult, atomic, mpsc};
use redhanded::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::any::TypeId;
use std::fmt::{Debug, Display};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::time::Duration;

#[test]
fn the_locks_are_stds_own_exactly_when_the_crate_is_off() {
    let of_std = [
        TypeId::of::<Mutex<u8>>() == TypeId::of::<std::sync::Mutex<u8>>(),
        TypeId::of::<MutexGuard<'static, u8>>()
            == TypeId::of::<std::sync::MutexGuard<'static, u8>>(),
        TypeId::of::<Condvar>() == TypeId::of::<std::sync::Condvar>(),
        TypeId::of::<WaitTimeoutResult>() == TypeId::of::<std::sync::WaitTimeoutResult>(),
        id_of(Mutex::<u8>::new) == id_of(std::sync::Mutex::<u8>::new),
        TypeId::of::<RwLock<u8>>() == TypeId::of::<std::sync::RwLock<u8>>(),
        TypeId::of::<RwLockReadGuard<'static, u8>>()
            == TypeId::of::<std::sync::RwLockReadGuard<'static, u8>>(),
        TypeId::of::<RwLockWriteGuard<'static, u8>>()
            == TypeId::of::<std::sync::RwLockWriteGuard<'static, u8>>(),
    ];
    assert_eq!(of_std, [!ON; 8]);
}

#[test]
fn everything_else_is_stds_own_in_both_states() {
    let of_std = [
        TypeId::of::<Arc<u8>>() == TypeId::of::<std::sync::Arc<u8>>(),
        TypeId::of::<Barrier>() == TypeId::of::<std::sync::Barrier>(),
        TypeId::of::<OnceLock<u8>>() == TypeId::of::<std::sync::OnceLock<u8>>(),
        TypeId::of::<atomic::AtomicU8>() == TypeId::of::<std::sync::atomic::AtomicU8>(),
        TypeId::of::<mpsc::Sender<u8>>() == TypeId::of::<std::sync::mpsc::Sender<u8>>(),
    ];
    assert_eq!(of_std, [true; 5]);
}

type Guard<'a> = MutexGuard<'a, u8>;

#[test]
fn a_mutex_has_one_signature_in_both_states() {
    static STATIC: Mutex<u8> = Mutex::new(1);
    let _: fn(u8) -> Mutex<u8> = Mutex::new;
    let _: fn(&Mutex<u8>) -> LockResult<Guard<'_>> = Mutex::lock;
    let _: fn(&Mutex<u8>) -> TryLockResult<Guard<'_>> = Mutex::try_lock;
    let _: fn(&Mutex<u8>) -> bool = Mutex::is_poisoned;
    let _: fn(&Mutex<u8>) = Mutex::clear_poison;
    let _: fn(Mutex<u8>) -> LockResult<u8> = Mutex::into_inner;
    let _: fn(&mut Mutex<u8>) -> LockResult<&mut u8> = Mutex::get_mut;
    let _: fn(u8) -> Mutex<u8> = Mutex::from;
    let _: fn() -> Mutex<u8> = Mutex::default;
    assert_eq!(
        format!("{STATIC:?}"),
        format!("{:?}", std::sync::Mutex::new(1))
    );
    assert_eq!(*STATIC.lock().unwrap(), 1);
}

#[test]
fn a_lock_of_readers_and_writers_has_one_signature_in_both_states() {
    static STATIC: RwLock<u8> = RwLock::new(1);
    let _: fn(u8) -> RwLock<u8> = RwLock::new;
    let _: fn(&RwLock<u8>) -> LockResult<RwLockReadGuard<'_, u8>> = RwLock::read;
    let _: fn(&RwLock<u8>) -> TryLockResult<RwLockReadGuard<'_, u8>> = RwLock::try_read;
    let _: fn(&RwLock<u8>) -> LockResult<RwLockWriteGuard<'_, u8>> = RwLock::write;
    let _: fn(&RwLock<u8>) -> TryLockResult<RwLockWriteGuard<'_, u8>> = RwLock::try_write;
    let _: fn(&RwLock<u8>) -> bool = RwLock::is_poisoned;
    let _: fn(&RwLock<u8>) = RwLock::clear_poison;
    let _: fn(RwLock<u8>) -> LockResult<u8> = RwLock::into_inner;
    let _: fn(&mut RwLock<u8>) -> LockResult<&mut u8> = RwLock::get_mut;
    let _: fn(u8) -> RwLock<u8> = RwLock::from;
    let _: fn() -> RwLock<u8> = RwLock::default;
    fn shared<T: Sync + UnwindSafe + RefUnwindSafe + Debug>() {}
    shared::<RwLock<u8>>();
    shared::<RwLockReadGuard<'static, u8>>();
    shared::<RwLockWriteGuard<'static, u8>>();
    let unsized_value: Arc<RwLock<[u8]>> = Arc::new(RwLock::new([1, 2, 3]));
    assert_eq!(unsized_value.read().unwrap().len(), 3);
    assert_eq!(
        format!("{STATIC:?} {}", STATIC.read().unwrap()),
        format!("{:?} 1", std::sync::RwLock::new(1))
    );
    *STATIC.write().unwrap() += 1;
    assert_eq!(*STATIC.read().unwrap(), 2);
}

#[test]
fn a_condvar_has_one_signature_in_both_states() {
    static SIGNAL: Condvar = Condvar::new();
    let _: fn() -> Condvar = Condvar::default;
    let _: for<'a> fn(&Condvar, Guard<'a>) -> LockResult<Guard<'a>> = Condvar::wait;
    let _: for<'a> fn(&Condvar, Guard<'a>, fn(&mut u8) -> bool) -> LockResult<Guard<'a>> =
        Condvar::wait_while;
    let _: for<'a> fn(&Condvar, Guard<'a>, Duration) -> LockResult<(Guard<'a>, WaitTimeoutResult)> =
        Condvar::wait_timeout;
    let _: for<'a> fn(
        &Condvar,
        Guard<'a>,
        Duration,
        fn(&mut u8) -> bool,
    ) -> LockResult<(Guard<'a>, WaitTimeoutResult)> = Condvar::wait_timeout_while;
    let _: fn(&WaitTimeoutResult) -> bool = WaitTimeoutResult::timed_out;
    SIGNAL.notify_one();
    SIGNAL.notify_all();
}

#[test]
fn an_exclusive_has_one_signature_in_both_states_and_gives_its_value_back() {
    let _: fn(u8) -> Exclusive<u8> = Exclusive::new;
    let _: fn(&Exclusive<u8>) -> Result<ExclusiveGuard<'_, u8>, ConcurrentUse> = Exclusive::enter;
    let _: fn(&Exclusive<u8>) -> Entering<'_, u8> = Exclusive::enter_async;
    let _: fn(Exclusive<u8>) -> u8 = Exclusive::into_inner;
    let exclusive = Exclusive::from(1);
    *exclusive.enter().unwrap() += 1;
    let mut entering = std::pin::pin!(exclusive.enter_async());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(mut guard)) = entering.as_mut().poll(&mut context) else {
        panic!("it is free")
    };
    *guard += 1;
    drop(guard);
    assert_eq!(
        (
            *exclusive.enter().unwrap(),
            Exclusive::<u8>::default().into_inner()
        ),
        (3, 0)
    );
}

#[test]
fn an_exclusive_and_what_belongs_to_it_read_the_same_in_both_states() {
    let exclusive = Exclusive::new(7);
    let entering = exclusive.enter_async();
    assert_eq!(
        (
            format!("{exclusive:?}"),
            format!("{entering:?}"),
            format!("{:?}", exclusive.enter().unwrap()),
        ),
        (
            "Exclusive { .. }".to_owned(),
            "Entering { .. }".to_owned(),
            "7".to_owned()
        )
    );
}

#[test]
fn an_exclusive_keeps_nothing_of_a_guard_that_is_dropped_and_loses_the_value_of_a_leaked_one() {
    let exclusive = Exclusive::new(vec![1]);
    exclusive.enter().unwrap().push(2);
    assert_eq!(exclusive.into_inner(), [1, 2]);
    let exclusive = Exclusive::new(vec![1]);
    std::mem::forget(exclusive.enter());
    let lost = std::panic::catch_unwind(|| exclusive.into_inner()).unwrap_err();
    assert!(
        lost.downcast_ref::<String>()
            .map_or(lost.downcast_ref::<&str>().copied(), |text| Some(text))
            .is_some_and(|text| text.contains("leaked"))
    );
}

#[test]
fn the_locks_are_what_their_values_let_them_be_in_both_states() {
    fn shared<T: ?Sized + Send + Sync + UnwindSafe + RefUnwindSafe + Debug>() {}
    fn sent<T: Send + Sync + Debug>() {}
    fn guard<T: Sync + Debug + Display>() {}
    shared::<Mutex<std::cell::Cell<u8>>>();
    shared::<Mutex<[u8]>>();
    shared::<Condvar>();
    guard::<MutexGuard<'_, u8>>();
    sent::<ExclusiveGuard<'_, u8>>();
    fn polled<'a, T>()
    where
        T: Future<Output = Result<ExclusiveGuard<'a, u8>, ConcurrentUse>>,
        T: Send + Sync + Unpin + Debug,
    {
    }
    shared::<Exclusive<std::cell::Cell<u8>>>();
    polled::<Entering<'_, u8>>();
}

#[cfg(feature = "tokio")]
mod of_tokio {
    use super::*;
    use redhanded::sync::tokio as watched;
    use watched::{MappedMutexGuard, MutexGuard, OwnedMutexGuard, TryLockError};
    use watched::{OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard};
    use watched::{RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard};

    type Shared = watched::RwLock<(u8, u8)>;

    #[test]
    fn a_lock_of_readers_and_writers_has_one_signature_in_both_states() {
        static STATIC: Shared = Shared::const_new((1, 2));
        static OF_TWO: Shared = Shared::const_with_max_readers((1, 2), 2);
        let _: fn((u8, u8)) -> Shared = Shared::new;
        let _: fn((u8, u8), u32) -> Shared = Shared::with_max_readers;
        let _: fn(&Shared) -> RwLockReadGuard<'_, (u8, u8)> = Shared::blocking_read;
        let _: fn(&Shared) -> RwLockWriteGuard<'_, (u8, u8)> = Shared::blocking_write;
        let _: fn(&Shared) -> Result<RwLockReadGuard<'_, (u8, u8)>, TryLockError> =
            Shared::try_read;
        let _: fn(Arc<Shared>) -> Result<OwnedRwLockReadGuard<(u8, u8)>, TryLockError> =
            Shared::try_read_owned;
        let _: fn(Arc<Shared>) -> Result<OwnedRwLockWriteGuard<(u8, u8)>, TryLockError> =
            Shared::try_write_owned;
        let _: fn(&mut Shared) -> &mut (u8, u8) = Shared::get_mut;
        let _: fn(Shared) -> (u8, u8) = Shared::into_inner;
        let _: fn((u8, u8)) -> Shared = Shared::from;
        let _: fn() -> Shared = Shared::default;
        fn is_send<T: Send>(_: &T) {}
        is_send(&STATIC.read());
        is_send(&STATIC.write());
        is_send(&Arc::new(Shared::new((1, 2))).read_owned());
        is_send(&Arc::new(Shared::new((1, 2))).write_owned());
        let guard: RwLockMappedWriteGuard<'_, u8> =
            RwLockWriteGuard::map(STATIC.try_write().unwrap(), |(first, _)| first);
        is_send(&guard);
        drop(guard);
        let guard: RwLockReadGuard<'_, (u8, u8)> = STATIC.try_write().unwrap().downgrade();
        let guard: RwLockReadGuard<'_, u8> = RwLockReadGuard::map(guard, |(_, second)| second);
        assert_eq!(
            (*guard, format!("{guard:?} {guard}")),
            (2, "2 2".to_owned())
        );
        let lock = Arc::new(Shared::new((1, 2)));
        let guard = lock.clone().try_write_owned().unwrap();
        let guard: OwnedRwLockMappedWriteGuard<(u8, u8), u8> =
            OwnedRwLockWriteGuard::map(guard, |(first, _)| first);
        is_send(&guard);
        assert!(Arc::ptr_eq(
            OwnedRwLockMappedWriteGuard::rwlock(&guard),
            &lock
        ));
        drop(guard);
        let guard = lock.clone().try_write_owned().unwrap().downgrade();
        let guard: OwnedRwLockReadGuard<(u8, u8), u8> =
            OwnedRwLockReadGuard::map(guard, |(_, second)| second);
        is_send(&guard);
        assert_eq!((*guard, OF_TWO.try_read().unwrap().0), (2, 1));
    }

    type Lock = watched::Mutex<(u8, u8)>;

    #[test]
    fn the_locks_are_tokios_own_exactly_when_the_crate_is_off() {
        let of_tokio = [
            TypeId::of::<Lock>() == TypeId::of::<::tokio::sync::Mutex<(u8, u8)>>(),
            TypeId::of::<MutexGuard<'static, u8>>()
                == TypeId::of::<::tokio::sync::MutexGuard<'static, u8>>(),
            TypeId::of::<MappedMutexGuard<'static, u8>>()
                == TypeId::of::<::tokio::sync::MappedMutexGuard<'static, u8>>(),
            TypeId::of::<OwnedMutexGuard<u8>>()
                == TypeId::of::<::tokio::sync::OwnedMutexGuard<u8>>(),
            TypeId::of::<watched::RwLock<u8>>() == TypeId::of::<::tokio::sync::RwLock<u8>>(),
            TypeId::of::<OwnedRwLockReadGuard<u8>>()
                == TypeId::of::<::tokio::sync::OwnedRwLockReadGuard<u8>>(),
        ];
        assert_eq!(of_tokio, [!ON; 6]);
        assert_eq!(
            TypeId::of::<watched::Notify>(),
            TypeId::of::<::tokio::sync::Notify>()
        );
    }

    #[test]
    fn a_mutex_has_one_signature_in_both_states() {
        static STATIC: Lock = Lock::const_new((1, 2));
        let _: fn((u8, u8)) -> Lock = Lock::new;
        let _: fn(&Lock) -> MutexGuard<'_, (u8, u8)> = Lock::blocking_lock;
        let _: fn(Arc<Lock>) -> OwnedMutexGuard<(u8, u8)> = Lock::blocking_lock_owned;
        let _: fn(Arc<Lock>) -> Result<OwnedMutexGuard<(u8, u8)>, TryLockError> =
            Lock::try_lock_owned;
        let _: fn(&mut Lock) -> &mut (u8, u8) = Lock::get_mut;
        let _: fn(Lock) -> (u8, u8) = Lock::into_inner;
        let _: fn((u8, u8)) -> Lock = Lock::from;
        let _: fn() -> Lock = Lock::default;
        let _ =
            |guard: &MutexGuard<'static, (u8, u8)>| -> &'static Lock { MutexGuard::mutex(guard) };
        let _: for<'a> fn(&'a OwnedMutexGuard<(u8, u8)>) -> &'a Arc<Lock> = OwnedMutexGuard::mutex;
        fn is_send<T: Send>(_: &T) {}
        is_send(&STATIC.lock());
        is_send(&Arc::new(Lock::default()).lock_owned());

        let guard = STATIC.try_lock().unwrap();
        assert_eq!(format!("{guard:?}"), "(1, 2)");
        let mapped = MutexGuard::map(guard, |both| &mut both.1);
        assert_eq!(mapped.to_string(), "2");
        assert!(STATIC.try_lock().is_err());
        assert!(MappedMutexGuard::try_map(mapped, |_| None::<&mut u8>).is_err());
        let refused = MutexGuard::try_map(STATIC.try_lock().unwrap(), |_| None::<&mut u8>);
        drop(refused);
        let mapped =
            MutexGuard::try_map(STATIC.try_lock().unwrap(), |both| Some(&mut both.0)).unwrap();
        assert_eq!(*MappedMutexGuard::map(mapped, |first| first), 1);
        assert!(STATIC.try_lock().is_ok());
    }
}

#[cfg(feature = "parking_lot")]
mod of_parking_lot {
    use super::*;
    use ::parking_lot as library;
    use redhanded::sync::parking_lot as watched;
    use watched::{FairMutex, MappedMutexGuard, MutexGuard, ReentrantMutex, RwLock};
    use watched::{RwLockReadGuard, RwLockUpgradableReadGuard, RwLockWriteGuard};

    #[test]
    fn the_locks_are_parking_lots_own_exactly_when_the_crate_is_off() {
        let of_library = [
            TypeId::of::<watched::Mutex<u8>>() == TypeId::of::<library::Mutex<u8>>(),
            TypeId::of::<FairMutex<u8>>() == TypeId::of::<library::FairMutex<u8>>(),
            TypeId::of::<ReentrantMutex<u8>>() == TypeId::of::<library::ReentrantMutex<u8>>(),
            TypeId::of::<RwLock<u8>>() == TypeId::of::<library::RwLock<u8>>(),
            TypeId::of::<watched::Condvar>() == TypeId::of::<library::Condvar>(),
        ];
        assert_eq!(of_library, [!ON; 5]);
        assert_eq!(TypeId::of::<watched::Once>(), TypeId::of::<library::Once>());
    }

    #[test]
    fn the_locks_have_one_signature_in_both_states() {
        static MUTEX: watched::Mutex<(u8, u8)> = watched::Mutex::new((1, 2));
        static CONST: watched::Mutex<u8> = watched::const_mutex(1);
        static RWLOCK: RwLock<(u8, u8)> = watched::const_rwlock((1, 2));
        static FAIR: FairMutex<u8> = watched::const_fair_mutex(1);
        static AGAIN: ReentrantMutex<u8> = watched::const_reentrant_mutex(1);
        let guard: MutexGuard<'_, (u8, u8)> = MUTEX.lock();
        assert!(MUTEX.try_lock().is_none() && MUTEX.is_locked());
        let mut guard: MappedMutexGuard<'_, u8> = MutexGuard::map(guard, |(first, _)| first);
        *guard += 1;
        MappedMutexGuard::unlock_fair(guard);
        assert!(MUTEX.try_lock_for(Duration::ZERO).is_some() && !MUTEX.is_locked());
        let guard: RwLockWriteGuard<'_, (u8, u8)> = RWLOCK.write();
        let guard: RwLockReadGuard<'_, (u8, u8)> = RwLockWriteGuard::downgrade(guard);
        assert!(RWLOCK.try_write().is_none() && RWLOCK.try_read_recursive().is_some());
        drop(guard);
        let guard: RwLockUpgradableReadGuard<'_, (u8, u8)> = RWLOCK.upgradable_read();
        assert!(RWLOCK.try_read().is_some() && RWLOCK.try_upgradable_read().is_none());
        let guard = RwLockUpgradableReadGuard::upgrade(guard);
        drop(RwLockWriteGuard::downgrade_to_upgradable(guard));
        assert!(!RWLOCK.is_locked());
        let (_one, _two) = (AGAIN.lock(), AGAIN.lock());
        assert_eq!((*FAIR.lock(), *CONST.lock()), (1, 1));
        assert_eq!(
            format!("{CONST:?} {:?}", RwLock::new(2)),
            format!("{:?} {:?}", library::Mutex::new(1), library::RwLock::new(2))
        );
    }

    #[test]
    fn a_condvar_has_one_signature_in_both_states() {
        static SIGNAL: watched::Condvar = watched::Condvar::new();
        let mutex = watched::Mutex::new(0);
        let mut guard = mutex.lock();
        assert!(SIGNAL.wait_for(&mut guard, Duration::ZERO).timed_out());
        let until = std::time::Instant::now();
        assert!(SIGNAL.wait_until(&mut guard, until).timed_out());
        let is_zero = |value: &mut i32| *value == 0;
        let waited = SIGNAL.wait_while_for(&mut guard, is_zero, Duration::ZERO);
        assert!(waited.timed_out());
        let waited = SIGNAL.wait_while_until(&mut guard, |value| *value != 0, until);
        assert!(!waited.timed_out());
        SIGNAL.wait_while(&mut guard, |value| *value != 0);
        assert_eq!((SIGNAL.notify_one(), SIGNAL.notify_all()), (false, 0));
        assert_eq!(
            format!("{SIGNAL:?}"),
            format!("{:?}", library::Condvar::new())
        );
        let _: fn(&watched::Condvar, &mut MutexGuard<'_, i32>) = watched::Condvar::wait;
    }
}
