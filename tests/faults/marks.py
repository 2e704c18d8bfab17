"""When mails were promised and codes died, by PostgreSQL's own clock, which nobody puts forward or back."""

from django.db import connection

TRIGGERS = """
CREATE TABLE IF NOT EXISTS faults_marks (what text NOT NULL, id bigint NOT NULL, at timestamptz NOT NULL);
CREATE OR REPLACE FUNCTION faults_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'security_outboxmessage' THEN
    INSERT INTO faults_marks VALUES ('promised', NEW.id, clock_timestamp());
  ELSIF TG_TABLE_NAME = 'security_enrollment' THEN
    INSERT INTO faults_marks
      SELECT 'died', id, clock_timestamp() FROM security_verificationcode WHERE enrollment_id = NEW.id;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO faults_marks VALUES ('died', NEW.id, clock_timestamp());
  ELSE
    INSERT INTO faults_marks
      SELECT 'died', id, clock_timestamp() FROM security_verificationcode
      WHERE enrollment_id = NEW.enrollment_id AND generation < NEW.generation;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER faults_promised AFTER INSERT ON security_outboxmessage
  FOR EACH ROW EXECUTE FUNCTION faults_mark();
CREATE OR REPLACE TRIGGER faults_overtaken AFTER INSERT ON security_verificationcode
  FOR EACH ROW EXECUTE FUNCTION faults_mark();
CREATE OR REPLACE TRIGGER faults_used AFTER UPDATE ON security_verificationcode
  FOR EACH ROW WHEN (OLD.used_at IS NULL AND NEW.used_at IS NOT NULL) EXECUTE FUNCTION faults_mark();
CREATE OR REPLACE TRIGGER faults_ended AFTER UPDATE ON security_enrollment
  FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION faults_mark();
TRUNCATE faults_marks;
"""


def begin() -> None:
    """Note it from now on, and forget what was noted."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)


def first(what: str) -> dict[int, float]:
    """Ids, and the seconds of Unix time when it happened first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, min(extract(epoch FROM at))::float8 FROM faults_marks WHERE what = %s GROUP BY id", [what]
        )
        return dict(cursor.fetchall())
