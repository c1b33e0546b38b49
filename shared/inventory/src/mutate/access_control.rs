//! Attributes for access control: which attributes of an Identity Center user become session tags.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::inventory::Inventory;

impl Inventory {
    /// Sets the attributes for access control, each with its sources, or with `None` switches them
    /// off. `false`: nothing changed, or the inventory does not tell of Identity Center.
    pub fn set_access_control_attributes(
        &mut self,
        attributes: Option<BTreeMap<String, Vec<String>>>,
    ) -> bool {
        let Some(center) = self.identity_center.as_mut().map(Arc::make_mut) else { return false };
        let attributes = Some(attributes);
        let changed = center.access_control_attributes != attributes;
        center.access_control_attributes = attributes;
        changed
    }
}
