using System.CommandLine;

namespace Kanade.Cli;

/// <summary><c>kanade doctor</c>: what this machine has of what the program needs, and what to install where something is missing.</summary>
static class DoctorCommand
{
    public static Command Create(CommandContext context)
    {
        var dictionary = new Option<string?>("--dictionary") { Description = "The Japanese dictionary's folder, where it is not in a usual place.", HelpName = "folder" };
        var json = VerbOptions.Json();
        var command = new Command("doctor", "Check this machine: versions, native libraries, dictionary, MPI, disk.") { dictionary, json };
        command.SetAction(parsed =>
        {
            var findings = Platform.Examine(parsed.GetValue(dictionary));
            if (parsed.GetValue(json))
                context.WriteJson(new { Ok = findings.All(finding => finding.Verdict != Verdict.Missing), Findings = findings });
            else
                Write(context.Output, findings);
            return findings.Any(finding => finding.Verdict == Verdict.Missing) ? ExitCode.Unexpected : ExitCode.Done;
        });
        return command;
    }

    static void Write(TextWriter output, IReadOnlyList<Finding> findings)
    {
        var width = findings.Max(finding => finding.Name.Length);
        foreach (var finding in findings)
        {
            var verdict = finding.Verdict switch { Verdict.Good => "ok", Verdict.Missing => "MISSING", _ => "-" };
            output.WriteLine($"{verdict,-7}  {finding.Name.PadRight(width)}  {finding.Detail}{(finding.Remedy.Length > 0 ? $"; {finding.Remedy}" : "")}");
        }
        var missing = findings.Count(finding => finding.Verdict == Verdict.Missing);
        output.WriteLine(missing == 0 ? "everything that is needed is here" : $"{missing} missing: see above");
    }
}
