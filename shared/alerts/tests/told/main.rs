//! What findings look like outside, and what stays as it is from version to version.

mod channels;
mod compatibility;
mod grouping;
mod machines;
mod people;
mod samples;
mod schemas;
mod steps;
