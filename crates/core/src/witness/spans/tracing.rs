//! Spans of `tracing`.
//!
//! Nearly all subscribers keep their spans in a `Registry`, which gives the names of all of them. Any other subscriber
//! gives the name of the innermost span only.

use tracing::{Dispatch, Span};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// The names of the spans that the calling thread is in, outermost first.
pub(in crate::witness) fn current_spans() -> Vec<&'static str> {
    tracing::dispatcher::get_default(|subscriber| names(subscriber).unwrap_or_else(innermost))
}

fn names(subscriber: &Dispatch) -> Option<Vec<&'static str>> {
    let registry = subscriber.downcast_ref::<Registry>()?;
    let current = subscriber.current_span();
    let Some(span) = current.id().and_then(|id| registry.span(id)) else {
        return Some(Vec::new());
    };
    Some(span.scope().from_root().map(|span| span.name()).collect())
}

fn innermost() -> Vec<&'static str> {
    Span::current()
        .metadata()
        .map(|span| span.name())
        .into_iter()
        .collect()
}
