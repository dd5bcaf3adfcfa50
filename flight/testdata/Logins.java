import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Logs in by user and password with the Flight SQL JDBC driver. Each check prints one line: "ok NAME" or "FAIL NAME: why".
 */
public class Logins {
  static final String ADDRESS = System.getenv("LAKEGATE_ADDRESS");

  static void query(String login) throws SQLException {
    String url = "jdbc:arrow-flight-sql://" + ADDRESS + "/?useEncryption=false&" + login;
    try (Connection c = DriverManager.getConnection(url); Statement s = c.createStatement()) {
      for (int i = 0; i < 3; i++) {
        try (ResultSet r = s.executeQuery("SELECT 42")) {
          if (!r.next() || r.getInt(1) != 42) {
            throw new AssertionError("not 42");
          }
        }
      }
    }
  }

  public static void main(String[] args) {
    for (String way : new String[] {"user=alice&password=alice-pw", "token=lgt1_alice"}) {
      String name = way.replaceAll("=.*", "");
      try {
        query(way);
        System.out.println("ok jdbc by " + name);
      } catch (Throwable e) {
        System.out.println("FAIL jdbc by " + name + ": " + e);
      }
    }
    try {
      query("user=alice&password=wrong");
      System.out.println("FAIL jdbc, wrong: it was taken");
    } catch (Throwable e) {
      String text = String.valueOf(e) + e.getCause();
      System.out.println((text.toUpperCase().contains("UNAUTHENTICATED") ? "ok jdbc, wrong" : "FAIL jdbc, wrong: " + text));
    }
    System.exit(0);
  }
}
