//! The contracts under `feeds/`, carried by the program.

/// Path and text of each contract.
pub const BUILTIN: &[(&str, &str)] = &[
    ("feeds/bank_assets.toml", include_str!("../../../../feeds/bank_assets.toml")),
    ("feeds/civil_births.toml", include_str!("../../../../feeds/civil_births.toml")),
    ("feeds/civil_deaths.toml", include_str!("../../../../feeds/civil_deaths.toml")),
    ("feeds/civil_moves.toml", include_str!("../../../../feeds/civil_moves.toml")),
    ("feeds/disability.toml", include_str!("../../../../feeds/disability.toml")),
    ("feeds/disaster.toml", include_str!("../../../../feeds/disaster.toml")),
    ("feeds/education.toml", include_str!("../../../../feeds/education.toml")),
    ("feeds/market.toml", include_str!("../../../../feeds/market.toml")),
    ("feeds/medical_enrolment.toml", include_str!("../../../../feeds/medical_enrolment.toml")),
    ("feeds/medical_insurance.toml", include_str!("../../../../feeds/medical_insurance.toml")),
    ("feeds/real_estate.toml", include_str!("../../../../feeds/real_estate.toml")),
    ("feeds/rural_watch.toml", include_str!("../../../../feeds/rural_watch.toml")),
    ("feeds/ss_contribution.toml", include_str!("../../../../feeds/ss_contribution.toml")),
    ("feeds/ss_pension.toml", include_str!("../../../../feeds/ss_pension.toml")),
    ("feeds/ss_unemployment.toml", include_str!("../../../../feeds/ss_unemployment.toml")),
    ("feeds/vehicles.toml", include_str!("../../../../feeds/vehicles.toml")),
];
