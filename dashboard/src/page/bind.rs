//! Binds the page to an address: to a loopback address unless told otherwise, and to the next free port if one is taken.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use crate::error::ServeError;

/// How many ports after the wanted one are tried before any free one is taken.
const FURTHER_PORTS: u16 = 100;

/// A listener and the address it really has.
pub(super) type Bound = (TcpListener, SocketAddr);

/// Who can reach the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This machine.
    Loopback,
    /// Every machine that can reach the address.
    Network,
}

/// Binds the first of the addresses behind `address` that can be bound.
pub(super) fn first_of(address: impl ToSocketAddrs) -> Result<Bound, ServeError> {
    let addresses: Vec<_> = address
        .to_socket_addrs()
        .map_err(ServeError::Address)?
        .collect();
    // All of them are checked before one is bound: a name that also leads elsewhere is not a name for this machine.
    addresses.iter().try_for_each(loopback)?;
    let mut outcome = Err(ServeError::Address(io::Error::new(
        ErrorKind::InvalidInput,
        "no address behind this name",
    )));
    for address in addresses {
        outcome = bind(address);
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

/// Binds `address`, or one of the ports after it, or any free port.
pub(super) fn next_free(address: SocketAddr, reach: Reach) -> Result<Bound, ServeError> {
    if reach == Reach::Loopback {
        loopback(&address)?;
    }
    let last = address.port().saturating_add(FURTHER_PORTS);
    let any = std::iter::once(0);
    for port in (address.port()..=last).chain(any) {
        match bind(SocketAddr::new(address.ip(), port)) {
            // Any other error would be the same at the next port, except for ports that only the system may have.
            Err(ServeError::Bind { source, .. }) if source.kind() == ErrorKind::AddrInUse => {}
            outcome => return outcome,
        }
    }
    Err(ServeError::Bind {
        address,
        source: ErrorKind::AddrInUse.into(),
    })
}

fn loopback(address: &SocketAddr) -> Result<(), ServeError> {
    if address.ip().is_loopback() {
        Ok(())
    } else {
        Err(ServeError::NotLoopback { address: *address })
    }
}

fn bind(address: SocketAddr) -> Result<Bound, ServeError> {
    let bound = TcpListener::bind(address).and_then(|listener| {
        let address = listener.local_addr()?;
        Ok((listener, address))
    });
    bound.map_err(|source| ServeError::Bind { address, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_gives_way_to_a_later_one() {
        let (_taken, address) = first_of("127.0.0.1:0").unwrap();
        let (_listener, next) = next_free(address, Reach::Loopback).unwrap();
        assert_ne!(next.port(), address.port());
        assert_eq!(next.ip(), address.ip());
    }

    #[test]
    fn a_free_port_is_taken_as_asked() {
        let (listener, address) = first_of("127.0.0.1:0").unwrap();
        drop(listener);
        // Another program may have taken it in between. Then the answer is another port, not an error.
        assert!(next_free(address, Reach::Loopback).is_ok());
    }

    #[test]
    fn the_last_port_of_all_does_not_overflow() {
        assert!(next_free("127.0.0.1:65535".parse().unwrap(), Reach::Loopback).is_ok());
    }

    #[test]
    fn an_address_that_others_can_reach_is_refused_before_it_is_bound() {
        for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
            assert!(
                matches!(first_of(address), Err(ServeError::NotLoopback { .. })),
                "{address}"
            );
            let next = next_free(address.parse().unwrap(), Reach::Loopback);
            assert!(
                matches!(next, Err(ServeError::NotLoopback { .. })),
                "{address}"
            );
        }
    }

    #[test]
    fn an_address_that_others_can_reach_is_bound_if_that_is_asked_for() {
        let (_listener, bound) = next_free("0.0.0.0:0".parse().unwrap(), Reach::Network).unwrap();
        assert!(bound.ip().is_unspecified() && bound.port() != 0);
    }

    #[test]
    fn a_taken_port_is_an_error_that_names_it() {
        let (_taken, address) = first_of("127.0.0.1:0").unwrap();
        let Err(ServeError::Bind {
            address: named,
            source,
        }) = first_of(address)
        else {
            panic!("bound twice")
        };
        assert_eq!((named, source.kind()), (address, ErrorKind::AddrInUse));
    }

    #[test]
    fn no_address_at_all_is_an_error() {
        assert!(matches!(first_of(&[][..]), Err(ServeError::Address(_))));
        assert!(matches!(first_of("no port"), Err(ServeError::Address(_))));
    }
}
