namespace DataPipeline.Tests.Ingest;

/// <summary>Public data beside the checkout: tests that need it pass over with a printed line on a laptop and fail in CI.</summary>
internal static class SharedData
{
    public static string? Find(string relative)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "data", relative);
            if (File.Exists(path) || Directory.Exists(path))
                return path;
        }
        Assert.True(Environment.GetEnvironmentVariable("CI") is null or "", $"../shared/data/{relative} is missing");
        Console.WriteLine($"skipped: ../shared/data/{relative} is not on this machine");
        return null;
    }
}
