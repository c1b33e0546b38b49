//! Records -> [`Effect`], one reader for each thing that events do. A row of the table names its
//! reader.

pub(crate) mod iam;
pub(crate) mod identity_center;
pub(crate) mod identity_store;
pub(crate) mod organizations;

use super::Effect;
use crate::record::Event;

/// What an event does to an inventory, in words and as a reader of records.
#[derive(Clone, Copy, Debug)]
pub struct Apply(Does);

#[derive(Clone, Copy, Debug)]
enum Does {
    Nothing,
    Unknown(&'static str),
    Reads(&'static str, fn(Event<'_>) -> Option<Effect>),
}

/// Nothing that an inventory holds.
pub(crate) const NOTHING: Apply = Apply(Does::Nothing);

/// Something that the event does not tell; the text says why.
pub(crate) const fn unknown(why: &'static str) -> Apply {
    Apply(Does::Unknown(why))
}

/// What this reader makes of it, called so. The reader gives `None` for a record that lacks
/// parameters.
const fn reads(words: &'static str, reader: fn(Event<'_>) -> Option<Effect>) -> Apply {
    Apply(Does::Reads(words, reader))
}

impl Apply {
    /// In words, as "attaches the policy"; empty: nothing.
    pub fn words(&self) -> &'static str {
        match self.0 {
            Does::Nothing => "",
            Does::Unknown(why) | Does::Reads(why, _) => why,
        }
    }

    /// Whether the event does something and does not tell what.
    pub fn is_unknown(&self) -> bool {
        matches!(self.0, Does::Unknown(_))
    }

    /// Whether the event can do something that an inventory holds, and tells what.
    pub fn is_modelled(&self) -> bool {
        matches!(self.0, Does::Reads(..))
    }
}

/// The effect of a known event. Parameters that are missing make it [`Effect::Unknown`].
pub(crate) fn read(event: Event<'_>) -> Effect {
    match event.row.apply.0 {
        Does::Nothing => Effect::None,
        Does::Unknown(why) => Effect::Unknown(why.to_owned()),
        Does::Reads(_, reader) => {
            let lacks = || Effect::Unknown(format!("{} lacks parameters", event.row.name));
            reader(event).unwrap_or_else(lacks)
        }
    }
}
