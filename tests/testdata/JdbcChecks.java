import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;

/**
 * What a Java user does with the Flight SQL JDBC driver. Each check prints one line: "ok NAME" or "FAIL NAME: why".
 */
public class JdbcChecks {
  interface Check {
    void run() throws Exception;
  }

  static final String WRITER = System.getenv("LAKEGATE_JDBC");

  static void check(String name, Check c) {
    try {
      c.run();
      System.out.println("ok " + name);
    } catch (Throwable e) {
      StringBuilder b = new StringBuilder();
      for (Throwable t = e; t != null; t = t.getCause()) {
        b.append(t).append("\\n");
        for (StackTraceElement s : Arrays.copyOf(t.getStackTrace(), Math.min(8, t.getStackTrace().length))) {
          b.append("    ").append(s).append("\\n");
        }
      }
      System.out.println("FAIL " + name + ": " + b.toString().replace("\n", "\\n"));
    }
  }

  static void same(Object got, Object want) {
    if (!Objects.equals(got, want)) {
      throw new AssertionError("got " + got + ", want " + want);
    }
  }

  static Connection connect() throws SQLException {
    return DriverManager.getConnection(WRITER);
  }

  static List<String> rows(ResultSet r) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (r) {
      int n = r.getMetaData().getColumnCount();
      while (r.next()) {
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= n; i++) {
          values.add(String.valueOf(r.getObject(i)));
        }
        rows.add(String.join("|", values));
      }
    }
    return rows;
  }

  static List<String> query(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement()) {
      return rows(s.executeQuery(sql));
    }
  }

  static List<String> column(ResultSet r, String name) throws SQLException {
    List<String> values = new ArrayList<>();
    try (r) {
      while (r.next()) {
        values.add(r.getString(name));
      }
    }
    return values;
  }

  static int update(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement()) {
      return s.executeUpdate(sql);
    }
  }

  static void refused(String code, Check c) throws Exception {
    try {
      c.run();
    } catch (SQLException e) {
      for (Throwable t = e; t != null; t = t.getCause()) {
        if (String.valueOf(t.getMessage()).contains(code)) {
          return;
        }
      }
      throw new AssertionError("no " + code + " in it", e);
    }
    throw new AssertionError("it succeeded, want " + code);
  }

  public static void main(String[] args) throws Exception {
    check("a select gives its rows", () -> {
      try (Connection c = connect()) {
        same(query(c, "SELECT 1 AS a, 'x' AS b, NULL AS n"), List.of("1|x|null"));
      }
    });
    check("a stream of a million rows arrives whole", () -> {
      try (Connection c = connect(); Statement s = c.createStatement();
          ResultSet r = s.executeQuery("SELECT range AS id, 'row ' || range AS name FROM range(1000000)")) {
        long n = 0;
        long sum = 0;
        while (r.next()) {
          n++;
          sum += r.getLong(1);
        }
        same(n, 1_000_000L);
        same(sum, 499_999_500_000L);
      }
    });
    check("types arrive as JDBC knows them", () -> {
      try (Connection c = connect(); Statement s = c.createStatement(); ResultSet r = s.executeQuery(
          "SELECT 1.50::DECIMAL(9,2) AS d, DATE '2026-01-02' AS dt, TIMESTAMP '2026-01-02 03:04:05' AS ts, true AS b, 9::BIGINT AS l")) {
        r.next();
        same(r.getBigDecimal("d"), new BigDecimal("1.50"));
        same(r.getString("dt"), "2026-01-02");
        same(r.getBoolean("b"), true);
        same(r.getLong("l"), 9L);
        same(r.getMetaData().getColumnType(1), Types.DECIMAL);
        same(r.getMetaData().getColumnType(3), Types.TIMESTAMP);
        same(r.getMetaData().getColumnLabel(4), "b");
      }
    });
    check("a prepared statement takes parameters again and again", () -> {
      try (Connection c = connect();
          PreparedStatement s = c.prepareStatement("SELECT count(*) AS n, max(id) AS m FROM weblogs.web.hits WHERE id < ? AND name <> ?")) {
        for (long most : new long[] {10, 100, 1000}) {
          s.setLong(1, most);
          s.setString(2, "row 0");
          try (ResultSet r = s.executeQuery()) {
            r.next();
            same(r.getLong("n"), 3 * (most - 1));
            same(r.getLong("m"), most - 1);
          }
        }
      }
    });
    check("updates say how many rows they changed", () -> {
      try (Connection c = connect()) {
        update(c, "CREATE TABLE jdbc_update (id INTEGER, name VARCHAR)");
        same(update(c, "INSERT INTO jdbc_update VALUES (1, 'a'), (2, 'b'), (3, 'c')"), 3);
        same(update(c, "UPDATE jdbc_update SET name = 'z' WHERE id > 1"), 2);
        same(update(c, "DELETE FROM jdbc_update WHERE id = 1"), 1);
        same(query(c, "SELECT * FROM jdbc_update ORDER BY id"), List.of("2|z", "3|z"));
      }
    });
    check("a prepared update and a batch", () -> {
      try (Connection c = connect()) {
        update(c, "CREATE TABLE jdbc_batch (id INTEGER, name VARCHAR)");
        try (PreparedStatement s = c.prepareStatement("INSERT INTO jdbc_batch VALUES (?, ?)")) {
          s.setInt(1, 1);
          s.setString(2, "one");
          same(s.executeUpdate(), 1);
          for (int i = 10; i < 20; i++) {
            s.setInt(1, i);
            s.setString(2, "row " + i);
            s.addBatch();
          }
          s.executeBatch();
        }
        same(query(c, "SELECT count(*), sum(id), max(name) FROM jdbc_batch"), List.of("11|146|row 19"));
      }
    });
    check("execute tells queries from updates", () -> {
      try (Connection c = connect(); Statement s = c.createStatement()) {
        same(s.execute("SELECT 1"), true);
        same(s.execute("CREATE TABLE jdbc_execute (a INTEGER)"), false);
        same(s.execute("INSERT INTO jdbc_execute VALUES (1)"), false);
        same(s.getUpdateCount(), 1);
        same(s.execute("SHOW TABLES"), true);
        same(query(c, "SELECT count(*) FROM jdbc_execute"), List.of("1"));
      }
    });
    check("begin and commit as SQL", () -> {
      try (Connection c = connect(); Connection other = connect()) {
        update(c, "CREATE TABLE scratch.main.jdbc_txn (a INTEGER)");
        update(c, "BEGIN");
        update(c, "INSERT INTO scratch.main.jdbc_txn VALUES (1)");
        same(query(c, "SELECT count(*) FROM scratch.main.jdbc_txn"), List.of("1"));
        same(query(other, "SELECT count(*) FROM scratch.main.jdbc_txn"), List.of("0"));
        update(c, "ROLLBACK");
        same(query(c, "SELECT count(*) FROM scratch.main.jdbc_txn"), List.of("0"));
        update(c, "BEGIN");
        update(c, "INSERT INTO scratch.main.jdbc_txn VALUES (2)");
        update(c, "COMMIT");
        same(query(other, "SELECT a FROM scratch.main.jdbc_txn"), List.of("2"));
      }
    });
    check("tables and columns are listed", () -> {
      try (Connection c = connect()) {
        update(c, "CREATE TABLE jdbc_listed (id INTEGER NOT NULL, price DECIMAL(9,2), name VARCHAR)");
        DatabaseMetaData m = c.getMetaData();
        same(column(m.getTables("boilstream", "main", "jdbc\\_listed", null), "TABLE_NAME"), List.of("jdbc_listed"));
        same(column(m.getTables(null, "web", "%", null), "TABLE_NAME"), List.of("hits"));
        try (ResultSet r = m.getColumns("boilstream", "main", "jdbc_listed", "%")) {
          List<String> seen = new ArrayList<>();
          while (r.next()) {
            seen.add(r.getString("COLUMN_NAME") + " " + r.getInt("DATA_TYPE") + " " + r.getInt("NULLABLE") + " " + r.getInt("ORDINAL_POSITION"));
            if (r.getString("COLUMN_NAME").equals("price")) {
              same(r.getInt("COLUMN_SIZE"), 9);
              same(r.getInt("DECIMAL_DIGITS"), 2);
            }
          }
          same(seen, List.of("id " + Types.INTEGER + " 0 1", "price " + Types.DECIMAL + " 1 2", "name " + Types.VARCHAR + " 1 3"));
        }
      }
    });
    check("catalogs, schemas and table types are listed", () -> {
      try (Connection c = connect()) {
        DatabaseMetaData m = c.getMetaData();
        TreeSet<String> catalogs = new TreeSet<>(column(m.getCatalogs(), "TABLE_CAT"));
        catalogs.remove("temp");
        same(catalogs, new TreeSet<>(List.of("boilstream", "scratch", "weblogs")));
        if (!column(m.getSchemas("weblogs", null), "TABLE_SCHEM").contains("web")) {
          throw new AssertionError("no schema web");
        }
        if (column(m.getTableTypes(), "TABLE_TYPE").isEmpty()) {
          throw new AssertionError("no table types");
        }
      }
    });
    check("keys are answered, though there are none", () -> {
      try (Connection c = connect()) {
        DatabaseMetaData m = c.getMetaData();
        same(rows(m.getPrimaryKeys("weblogs", "web", "hits")), List.of());
        same(rows(m.getImportedKeys("weblogs", "web", "hits")), List.of());
        same(rows(m.getExportedKeys("weblogs", "web", "hits")), List.of());
        same(rows(m.getCrossReference("weblogs", "web", "hits", "weblogs", "web", "hits")), List.of());
      }
    });
    check("every getter of the metadata answers", () -> {
      try (Connection c = connect()) {
        DatabaseMetaData m = c.getMetaData();
        same(m.getDatabaseProductName(), "Lakegate");
        List<String> failed = new ArrayList<>();
        for (var method : DatabaseMetaData.class.getMethods()) {
          if (method.getParameterCount() > 0 || method.getReturnType() == ResultSet.class || method.getDeclaringClass() != DatabaseMetaData.class) {
            continue;
          }
          try {
            method.invoke(m);
          } catch (java.lang.reflect.InvocationTargetException e) {
            if (!(e.getCause() instanceof java.sql.SQLFeatureNotSupportedException) && !(e.getCause() instanceof UnsupportedOperationException)) {
              failed.add(method.getName() + ": " + e.getCause());
            }
          }
        }
        same(failed, List.of());
        same(m.supportsTransactions(), true);
        same(m.isReadOnly(), false);
        same(m.getIdentifierQuoteString(), "\"");
      }
    });
    check("type info is sorted by JDBC type", () -> {
      try (Connection c = connect(); ResultSet r = c.getMetaData().getTypeInfo()) {
        // The driver gives no rows of its own making, so none is right too.
        int before = Integer.MIN_VALUE;
        while (r.next()) {
          int now = r.getInt("DATA_TYPE");
          if (now < before) {
            throw new AssertionError(now + " after " + before);
          }
          before = now;
        }
      }
    });
    check("the property catalog chooses the catalog", () -> {
      Connection c = DriverManager.getConnection(WRITER + "&catalog=scratch");
      update(c, "CREATE TABLE jdbc_here (a INTEGER)");
      same(query(c, "SELECT count(*) FROM scratch.main.jdbc_here"), List.of("0"));
      same(query(c, "SELECT current_catalog()"), List.of("scratch"));
      try {
        c.close();
      } catch (SQLException e) { // it closes its own channel twice: apache/arrow-java#66
        same(e.getMessage(), "Channel shutdown invoked");
      }
      refused("", () -> DriverManager.getConnection(WRITER + "&catalog=nonesuch").close());
    });
    check("a bad token is refused at connecting", () -> {
      refused("UNAUTHENTICATED", () -> DriverManager.getConnection(System.getenv("LAKEGATE_JDBC_BAD")).close());
    });
    check("errors say what was wrong", () -> {
      try (Connection c = connect()) {
        refused("SELEC", () -> query(c, "SELEC 1"));
        refused("jdbc_nonesuch", () -> query(c, "SELECT * FROM jdbc_nonesuch"));
        same(query(c, "SELECT 1"), List.of("1"));
      }
    });
    check("a reader reads and does not write", () -> {
      try (Connection c = DriverManager.getConnection(System.getenv("LAKEGATE_JDBC_READER"))) {
        same(query(c, "SELECT count(*) FROM weblogs.web.hits"), List.of("6000"));
        refused("ermission denied", () -> update(c, "CREATE TABLE jdbc_mine (a INTEGER)"));
      }
    });
    check("closing in the middle of a result leaves nothing behind", () -> {
      try (Connection c = connect()) {
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery("SELECT a.range FROM range(100000000) a, range(100000) b");
        r.next();
        r.close();
        s.close();
        same(query(c, "SELECT 1"), List.of("1"));
      }
    });
    System.exit(0); // the driver's threads may live on
  }
}
