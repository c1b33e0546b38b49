//! Combinations, administrators and paths, on small inventories.

mod administrators;
mod combinations;
mod mistakes;
mod paths;
mod world;
