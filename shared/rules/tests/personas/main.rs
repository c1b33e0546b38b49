//! Personas, on AWS's own documents as they are bundled: who holds what a persona needs breaks nothing,
//! and who holds something else breaks just that.

mod coverage;
mod exact;
mod facets;
mod groups;
mod options;
mod people;
mod reading;
mod suggestion;
