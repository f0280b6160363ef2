using DataPipeline.Cli;

namespace DataPipeline.Tests.Cli;

public sealed class SystemErrorTests
{
    private const int NoSpace = 28, ReadOnlyFileSystem = 30;

    public static TheoryData<Exception, int, string> Errors => new()
    {
        { new IOException("no space on /d", NoSpace), 4, "The disk is full" },
        { new AggregateException(new IOException("no space on /d", NoSpace)), 4, "The disk is full" },
        { new IOException("/d is read-only", ReadOnlyFileSystem), 4, "the right to that file" },
        { new UnauthorizedAccessException("/d is denied"), 4, "the right to that file" },
        { new FileNotFoundException("/d is gone"), 3, "run the same command again" },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void Explain_ErrorOfTheSystem_SaysWhatToDo(Exception error, int exit, string said)
    {
        (string Message, int ExitCode)? explained = SystemError.Explain(error);

        Assert.Equal(exit, explained!.Value.ExitCode);
        Assert.Contains("/d", explained.Value.Message);
        Assert.Contains(said, explained.Value.Message);
    }

    [Fact]
    public void Explain_AnyOtherError_IsABug() => Assert.Null(SystemError.Explain(new InvalidOperationException("broken")));
}
