namespace Kanade.Training;

/// <summary>What a stage is trained on, as a run remembers it.</summary>
public interface IStageInput : IDisposable
{
    /// <summary>SHA-256 of it: a run goes on only with the same.</summary>
    string Hash { get; }

    /// <summary>Fingerprint of the symbol table that its ids count in.</summary>
    string Table { get; }
}
