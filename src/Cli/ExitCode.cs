namespace DataPipeline.Cli;

/// <summary>What the exit codes mean; any other code is a bug of the program.</summary>
internal static class ExitCode
{
    /// <summary>Everything was done.</summary>
    public const int Done = 0;

    /// <summary>The configuration or the command line is wrong.</summary>
    public const int ConfigurationIsWrong = 2;

    /// <summary>The data is wrong.</summary>
    public const int DataIsWrong = 3;

    /// <summary>The machine lacks something; the message names the command that mends it.</summary>
    public const int MachineLacksPart = 4;

    /// <summary>Ended by Ctrl-C (128 + SIGINT), as shells expect; the same command continues.</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by SIGTERM (128 + SIGTERM); the same command continues.</summary>
    public const int Terminated = 143;
}
