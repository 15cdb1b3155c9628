//! A library that is not among the features: none of its streams is known.

use super::Finders;

pub(super) fn add(_finders: &mut Finders) {}
