using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.RegularExpressions;

namespace DataPipeline.Core.Config;

/// <summary>Stages from outside the program: a .NET assembly, or one C# file that is compiled when it is named. Code is loaded only from files that the user names in a
/// pipeline file, a recipe or on the command line, never because of what a document says.</summary>
public static partial class Plugins
{
    // What a project of the repository is given by ImplicitUsings.
    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading;";

    /// <summary>Loads the files of a <c>plugins:</c> list into a catalog; every mistake is noted.</summary>
    public static void Load(YamlNode? plugins, StageCatalog catalog, Mistakes mistakes)
    {
        IReadOnlyList<YamlNode> nodes = plugins switch { null => [], YamlList list => list.Items, _ => [plugins] };
        foreach (YamlScalar file in nodes.OfType<YamlScalar>().Where(file => !file.IsNull))
        {
            try
            {
                catalog.Add(Load(file.Value));
            }
            catch (ConfigurationException error)
            {
                mistakes.Add(file.At, error.Message);
            }
        }
    }

    /// <summary>Loads one file.</summary>
    /// <param name="path">A .dll, or a .cs file, which may use everything public of this program and of .NET.</param>
    /// <exception cref="ConfigurationException">It is not there, is no assembly, or does not compile; with the compiler's messages.</exception>
    /// <exception cref="MissingPartException">A .cs file needs the .NET SDK, and there is none.</exception>
    public static Assembly Load(string path)
    {
        if (!File.Exists(path))
            throw new ConfigurationException($"the plugin {path} is not there, looked from {Directory.GetCurrentDirectory()}");
        string assembly = Path.GetExtension(path) switch
        {
            ".dll" => Path.GetFullPath(path),
            ".cs" => Compile(path, PrivateFolder()),
            _ => throw new ConfigurationException($"the plugin {path} is neither a .dll nor a .cs file"),
        };
        try
        {
            return AssemblyLoadContext.Default.LoadFromAssemblyPath(assembly);
        }
        catch (Exception error) when (error is BadImageFormatException or FileLoadException)
        {
            throw new ConfigurationException($"the plugin {path} cannot be loaded: {error.Message}");
        }
    }

    /// <summary>Compiles one file into a folder, the same bytes each time; gives the assembly's path.</summary>
    internal static string Compile(string path, string folder)
    {
        string runtime = RuntimeEnvironment.GetRuntimeDirectory(), root = Path.GetFullPath(Path.Combine(runtime, "..", "..", ".."));
        string compiler = Directory.Exists(Path.Combine(root, "sdk"))
            ? Directory.GetDirectories(Path.Combine(root, "sdk")).Order(StringComparer.Ordinal).Select(sdk => Path.Combine(sdk, "Roslyn", "bincore", "csc.dll")).LastOrDefault(File.Exists) ?? ""
            : "";
        if (compiler.Length == 0)
            throw new MissingPartException($"the plugin {path} is C# and {root} has no .NET SDK to compile it: install it (apt-get install dotnet-sdk-10.0), or name a compiled .dll");
        string usings = Path.Combine(folder, "Usings.cs"), options = Path.Combine(folder, "options.rsp"), made = Path.Combine(folder, Path.GetFileNameWithoutExtension(path) + ".dll");
        File.WriteAllText(usings, Usings);
        IEnumerable<string> references = Directory.GetFiles(runtime, "*.dll").Concat(Directory.GetFiles(AppContext.BaseDirectory, "DataPipeline.*.dll")).Where(IsManaged).Order(StringComparer.Ordinal);
        File.WriteAllLines(options, ["-noconfig", "-nostdlib", "-nologo", "-target:library", "-deterministic", "-optimize", "-debug-", "-nullable:enable", "-warn:0", "-preferreduilang:en",
            $"-doc:\"{Path.ChangeExtension(made, ".xml")}\"", $"-out:\"{made}\"", .. references.Select(reference => $"-r:\"{reference}\""), $"\"{usings}\"", $"\"{Path.GetFullPath(path)}\""]);
        var start = new ProcessStartInfo(Path.Combine(root, "dotnet"), ["exec", compiler, "-noconfig", "@" + options]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0)
            return made;
        IEnumerable<string> errors = said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Contains("error", StringComparison.Ordinal))
            .Select(line => Place().Replace(line.Trim(), match => $"{path}:{match.Groups[1].Value}:{match.Groups[2].Value}: "));
        throw new ConfigurationException($"the plugin {path} does not compile:\n{string.Join('\n', errors)}");
    }

    private static string PrivateFolder()
    {
        string folder = Directory.CreateTempSubdirectory("datapipeline-plugin-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }

    private static bool IsManaged(string path)
    {
        try
        {
            AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^.*\((\d+),(\d+)\): (?=error)")]
    private static partial Regex Place();
}
