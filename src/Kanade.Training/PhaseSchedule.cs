namespace Kanade.Training;

/// <summary>A part of a stage.</summary>
/// <param name="Name">As it is printed.</param>
/// <param name="From">Its first step.</param>
public sealed record Phase(string Name, long From);

/// <summary>The phases of a stage in the order they begin; what each trains is printed before the first step.</summary>
/// <param name="Phases">At least one.</param>
public sealed record PhaseSchedule(IReadOnlyList<Phase> Phases)
{
    /// <summary>One line for the log: the phases that a run of so many steps reaches, and those it does not.</summary>
    public string Describe(long steps) => string.Join(
        "; ",
        Phases.Select(p => p.From < steps
            ? FormattableString.Invariant($"{p.Name} from step {p.From}")
            : FormattableString.Invariant($"{p.Name} never (from step {p.From} of {steps})")));
}
