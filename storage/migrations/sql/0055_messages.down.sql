DROP TABLE mail_bounces;
DROP TABLE notice_limits;
DROP TABLE notification_preferences;
DROP TABLE messages;
