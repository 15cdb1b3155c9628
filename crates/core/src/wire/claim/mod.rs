//! Who has the wire: claims, and where the writers of a contested wire meet.
//!
//! Knows nothing of bytes. What is known of the bytes of a pair of writers is carried to their finding, and only its
//! kind is looked at.
//!
//! In this order: [`word`] (who has the wire, in one atomic), [`activity`] (what a writer says of itself), [`contest`]
//! (how the two halves of a finding meet), [`provoker`] (who may hold a writer at its
//! claim), [`solitude`] (why a handle that is alone needs no word), [`claims`] (the claims of one wire), [`contained`] (what becomes of a
//! hook that fails), [`claimant`] (one handle's side of them) and [`alone`] (the same of a handle that is alone).

mod activity;
mod alone;
mod claimant;
mod claims;
mod contained;
mod contest;
mod provoker;
mod solitude;
mod word;

pub(super) use activity::{Activity, Glance, Phase};
pub(super) use claimant::{Claimant, Refusal};
pub(super) use claims::Claims;
#[cfg(test)]
pub(super) use contest::steps;
pub(super) use contest::{Contest, Notice, Token};
pub(crate) use provoker::{Claimed, Contestable, NearMiss, Provoked, Provoker, WireProvoker};
#[cfg(all(test, redhanded_loom))]
pub(super) use word::OwnerWord;
