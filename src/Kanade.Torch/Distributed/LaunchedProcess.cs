using System.Globalization;

namespace Kanade.Torch;

/// <summary>This process among those that a launcher started, as the launcher says in the environment; no MPI is called to know it.</summary>
/// <param name="Launcher">Who started it, for people; empty where nobody did.</param>
/// <param name="Rank">Its number, from 0.</param>
/// <param name="World">How many there are.</param>
public sealed record LaunchedProcess(string Launcher, int Rank, int World)
{
    // Slurm's variables of the step: those of the job are also there in a batch script, which is one process.
    static readonly (string Launcher, string Rank, string World)[] Launchers =
    [
        ("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"),
        ("MPICH", "PMI_RANK", "PMI_SIZE"),
        ("Slurm", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS"),
    ];

    /// <summary>A process that nobody launched.</summary>
    public static readonly LaunchedProcess Alone = new("", 0, 1);

    /// <summary>This process.</summary>
    public static LaunchedProcess Current { get; } = Of(Environment.GetEnvironmentVariable);

    /// <param name="variable">Gives an environment variable's value, or null.</param>
    public static LaunchedProcess Of(Func<string, string?> variable)
    {
        foreach (var (launcher, rankName, worldName) in Launchers)
        {
            if (int.TryParse(variable(rankName), CultureInfo.InvariantCulture, out var rank)
                && int.TryParse(variable(worldName), CultureInfo.InvariantCulture, out var world) && rank >= 0 && rank < world)
                return new LaunchedProcess(launcher, rank, world);
        }
        return Alone;
    }
}
