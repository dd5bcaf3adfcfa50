package testpeer

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// ExtensionVersion is the engine's version in the spelling of its extension folders.
const ExtensionVersion = "v1.5.5"

// Extensions is the folder that "make extensions" fills: LAKEGATE_TEST_EXTENSIONS,
// or extensions in the module's root.
func Extensions(t testing.TB) string {
	t.Helper()
	Require(t, Extension)
	return extensions(t)
}

func extensions(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("LAKEGATE_TEST_EXTENSIONS"); dir != "" {
		return absolute(t, dir)
	}
	return filepath.Join(Root(t), "extensions")
}

func platform() string { return runtime.GOOS + "_" + runtime.GOARCH }

// Python is an interpreter that can import adbc_driver_flightsql and pyarrow.
func Python(t testing.TB) string {
	t.Helper()
	Require(t, PythonADBC)
	return filepath.Join(Dir(t), "py", "bin", "python")
}

// Grpcurl is the path of grpcurl.
func Grpcurl(t testing.TB) string {
	t.Helper()
	Require(t, GRPCurl)
	return tool(t, "grpcurl")
}

// GrpcHealthProbe is the path of grpc-health-probe.
func GrpcHealthProbe(t testing.TB) string {
	t.Helper()
	Require(t, HealthProbe)
	return tool(t, "grpc-health-probe")
}

// JavaClient runs programs with the Flight SQL JDBC driver.
type JavaClient struct {
	Java    string // the interpreter
	Driver  string // flight-sql-jdbc-driver's jar
	SQLLine string // sqlline's jar with all it needs
}

// Java finds the interpreter and the drivers.
func Java(t testing.TB) JavaClient {
	t.Helper()
	Require(t, JDBC)
	java, err := exec.LookPath("java")
	if err != nil {
		t.Fatal(err)
	}
	return JavaClient{
		Java:    java,
		Driver:  jdbcDriver(t),
		SQLLine: filepath.Join(Dir(t), "java", "sqlline-1.12.0-jar-with-dependencies.jar"),
	}
}

func jdbcDriver(t testing.TB) string {
	t.Helper()
	return filepath.Join(Dir(t), "java", "flight-sql-jdbc-driver-18.3.0.jar")
}

// Command prepares a program: a .java source file, or a class of the two jars.
// Give ctx a deadline: against a server that errs the driver may wait for ever.
func (j JavaClient) Command(ctx context.Context, program string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, j.Java, append([]string{
		"--add-opens=java.base/java.nio=ALL-UNNAMED", // the driver reads direct buffers
		"-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-cp", j.Driver + string(os.PathListSeparator) + j.SQLLine, program,
	}, args...)...)
}
