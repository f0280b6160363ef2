using System.Reflection;

namespace DataPipeline.Runs;

/// <summary>Which builds decide what a step writes: a program that was changed never takes the results of the one before for its own.</summary>
internal static class CodeIdentity
{
    private const string OwnAssemblies = "DataPipeline.";

    /// <summary>The module ids of the step's assemblies and of those they use, which a deterministic build changes exactly when their code changes.</summary>
    public static string Of(Step step)
    {
        var found = new SortedDictionary<string, Guid>(StringComparer.Ordinal);
        foreach (Type type in step.Code)
            Add(type.Assembly, found);
        return string.Join(' ', found.Select(build => $"{build.Key}={build.Value:N}"));
    }

    private static void Add(Assembly assembly, SortedDictionary<string, Guid> found)
    {
        if (!found.TryAdd(assembly.GetName().Name!, assembly.ManifestModule.ModuleVersionId))
            return;
        foreach (AssemblyName used in assembly.GetReferencedAssemblies().Where(name => name.Name!.StartsWith(OwnAssemblies, StringComparison.Ordinal)))
            Add(Assembly.Load(used), found);
    }
}
