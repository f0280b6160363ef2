using Microsoft.Data.Sqlite;

namespace DataPipeline.Cli;

/// <summary>What the operating system refuses, in words that say what to do: a full disk, a missing right, a file that went away.</summary>
internal static class SystemError
{
    // errno of Linux, which .NET hands on as the HResult of an IOException.
    private const int NoSpace = 28, ReadOnlyFileSystem = 30, NameTooLong = 36, OverQuota = 122;
    private const int SqliteReadOnly = 8, SqliteIoError = 10, SqliteFull = 13, SqliteCannotOpen = 14;

    /// <summary>The message and exit code of an error of the system; null for any other error.</summary>
    public static (string Message, int ExitCode)? Explain(Exception error) => error switch
    {
        AggregateException { InnerException: { } inner } => Explain(inner),
        IOException { HResult: NoSpace or OverQuota } => (Full(error), ExitCode.MachineLacksPart),
        SqliteException { SqliteErrorCode: SqliteFull or SqliteIoError } => (Full(error), ExitCode.MachineLacksPart),
        SqliteException { SqliteErrorCode: SqliteReadOnly or SqliteCannotOpen } => (Denied(error), ExitCode.MachineLacksPart),
        UnauthorizedAccessException or IOException { HResult: ReadOnlyFileSystem or NameTooLong } => (Denied(error), ExitCode.MachineLacksPart),
        IOException => ($"{error.Message}\nA file could not be read or written; see that it is there and whole, and run the same command again to continue.", ExitCode.DataIsWrong),
        _ => null,
    };

    private static string Full(Exception error) =>
        $"{error.Message}\nThe disk is full. What is finished is kept: free some space (df -h shows where it is short) and run the same command again to continue.";

    private static string Denied(Exception error) =>
        $"{error.Message}\nGive this user the right to that file or folder (ls -ld shows who has it), or name another folder with --output; then run the same command again.";
}
