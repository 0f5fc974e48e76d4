DROP TABLE rewards;
DROP TABLE customer_marks;
DROP TABLE invites;
DROP TABLE referral_accounts;
ALTER TABLE registrations DROP COLUMN invite_code;
