-- +goose Up
-- What this install is, so that no token of another one is taken here.
CREATE TABLE install (
  id BIGINT NOT NULL PRIMARY KEY,
  name VARCHAR(32) NOT NULL,
  created_at BIGINT NOT NULL
);

-- Logins (设备), one for each family of refresh tokens.
CREATE TABLE login_session (
  id BIGINT NOT NULL PRIMARY KEY,
  member_id BIGINT NOT NULL,
  device VARCHAR(60) NOT NULL,
  created_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  ended_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX ix_session_member ON login_session (member_id, ended_at, id);
CREATE INDEX ix_session_ended ON login_session (ended_at);
CREATE INDEX ix_session_used ON login_session (used_at);
INSERT INTO login_session (id, member_id, device, created_at, used_at, ended_at)
  SELECT family_id, MIN(member_id), '', MIN(created_at), MAX(created_at), MAX(revoked_at) FROM refresh_token GROUP BY family_id;

-- What looks like guessing at an account, and whom it is closed to.
CREATE TABLE member_guard (
  member_id BIGINT NOT NULL PRIMARY KEY,
  strikes BIGINT NOT NULL,
  struck_at BIGINT NOT NULL,
  wait_until BIGINT NOT NULL,
  locked_at BIGINT NOT NULL,
  locked_until BIGINT NOT NULL,
  locked_by BIGINT NOT NULL,
  reason VARCHAR(200) NOT NULL
);
CREATE INDEX ix_guard_locked ON member_guard (locked_until);

-- What happened to accounts (登录与权限记录): only ever inserted, in chains of hashes, and the head of each chain.
CREATE TABLE auth_event (
  chain SMALLINT NOT NULL,
  seq BIGINT NOT NULL,
  id BIGINT NOT NULL,
  kind VARCHAR(32) NOT NULL,
  community_id BIGINT NOT NULL,
  member_id BIGINT NOT NULL,
  actor_id BIGINT NOT NULL,
  session_id BIGINT NOT NULL,
  detail VARCHAR(200) NOT NULL,
  origin BLOB NOT NULL,
  at BIGINT NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (chain, seq)
);
CREATE UNIQUE INDEX uk_auth_event ON auth_event (id);
CREATE INDEX ix_auth_event_community ON auth_event (community_id, id);
CREATE INDEX ix_auth_event_member ON auth_event (member_id, id);

CREATE TABLE auth_chain (
  chain SMALLINT NOT NULL PRIMARY KEY,
  seq BIGINT NOT NULL,
  hash BLOB NOT NULL
);
INSERT INTO auth_chain (chain, seq, hash) VALUES
  (0, 0, x''), (1, 0, x''), (2, 0, x''), (3, 0, x''), (4, 0, x''), (5, 0, x''), (6, 0, x''), (7, 0, x''),
  (8, 0, x''), (9, 0, x''), (10, 0, x''), (11, 0, x''), (12, 0, x''), (13, 0, x''), (14, 0, x''), (15, 0, x'');
