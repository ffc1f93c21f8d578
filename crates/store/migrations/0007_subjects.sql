-- 统一登录: who somebody is at an OpenID provider. The provider stands for the password only; the second factor is ours.
CREATE TABLE account_subjects (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    staff BIGINT NOT NULL REFERENCES staff_accounts (staff),
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX account_subjects_staff ON account_subjects (staff);
